import { ThawError } from '../../core/errors';
import type { WeightRole, WeightSpec } from '../../core/graph/graph';
import type { ManifestEntry } from './manifest';
import type { KerasLayer } from './topology';

/**
 * Finds the manifest's weights of a layer. Exporters write `layer/kernel`, some with the names of the
 * models around it before (`model/layer/kernel`), some with TensorFlow's `:0` behind.
 */
export class WeightIndex {
  readonly #byOwner = new Map<string, Map<string, ManifestEntry>>();
  readonly #used = new Set<ManifestEntry>();

  constructor(entries: readonly ManifestEntry[]) {
    for (const entry of entries) {
      const parts = entry.name.replace(/:\d+$/, '').split('/');
      const short = parts.pop() ?? entry.name;
      // `a/b/kernel` is found as a layer called `a/b` and as one called `b`; the full name wins.
      for (let from = parts.length - 1; from >= 0; from--) {
        const owner = parts.slice(from).join('/');
        const weights = this.#byOwner.get(owner) ?? new Map<string, ManifestEntry>();
        if (from === 0 || !weights.has(short)) weights.set(short, entry);
        this.#byOwner.set(owner, weights);
      }
    }
  }

  find(layer: string, short: string): ManifestEntry | undefined {
    const entry = this.#byOwner.get(layer)?.get(short);
    if (entry !== undefined) this.#used.add(entry);
    return entry;
  }

  isUsed(entry: ManifestEntry): boolean {
    return this.#used.has(entry);
  }
}

/** A weight as the layer graph wants it, with the name under which the file has it. */
export interface FoundWeight {
  readonly spec: WeightSpec;
  readonly fileName: string;
}

/**
 * @param expected the shape that the layer's config asks for; null for a size only the layer before tells
 * @throws ThawError `model-invalid` where it is missing, `model-shape-mismatch`
 */
export function findWeight(
  index: WeightIndex,
  layer: KerasLayer,
  short: string,
  role: WeightRole,
  expected: readonly (number | null)[],
): FoundWeight {
  const entry = index.find(layer.name, short);
  if (entry === undefined) {
    throw new ThawError(
      'model-invalid',
      `The model file has no weight ${short} for the layer ${layer.name}. Export the model again, with its weights.`,
    );
  }
  const fits =
    entry.shape.length === expected.length &&
    entry.shape.every((size, axis) => size > 0 && (expected[axis] === null || expected[axis] === size));
  if (!fits) {
    const wanted = expected.map((size) => size ?? '?').join(' × ');
    throw new ThawError(
      'model-shape-mismatch',
      `The weight ${entry.name} has the shape ${entry.shape.join(' × ')}, but its layer wants ${wanted}. The files do not belong together; load the files of one export.`,
    );
  }
  return { spec: { name: `${layer.name}/${short}`, shape: entry.shape, role }, fileName: entry.name };
}
