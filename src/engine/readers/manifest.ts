import { ThawError } from '../../core/errors';
import { elementCount } from '../../core/graph/graph';
import { asArray, asNumber, asObject, asSize, asString } from './json-value';

/** How the numbers of a weight lie in its file. */
export type Encoding =
  | { readonly kind: 'float32' }
  | { readonly kind: 'float16' }
  | { readonly kind: 'uint8' | 'uint16'; readonly scale: number; readonly min: number }
  /** Not a weight of a layer, for example the state of a random generator; skipped. */
  | { readonly kind: 'other'; readonly bytesPerElement: number };

export interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  readonly sizeBytes: number;
}

export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly entries: readonly ManifestEntry[];
}

/**
 * Reads `weightsManifest` of model.json. Nothing is allocated from the sizes it claims.
 * @throws ThawError `model-invalid`
 */
export function readManifest(json: unknown): ManifestGroup[] {
  const groups = asArray(asObject(json, 'model.json').weightsManifest ?? [], 'weightsManifest');
  const seen = new Set<string>();
  return groups.map((value) => {
    const group = asObject(value, 'a group of weightsManifest');
    const paths = asArray(group.paths, 'the paths of weightsManifest').map((path) =>
      asString(path, 'a weight path'),
    );
    const entries = asArray(group.weights, 'the weights of weightsManifest').map(readEntry);
    for (const { name } of entries) {
      if (seen.has(name)) {
        throw new ThawError(
          'model-invalid',
          `The model file lists the weight ${name} twice. Export it again.`,
        );
      }
      seen.add(name);
    }
    return { paths, entries };
  });
}

function readEntry(value: unknown): ManifestEntry {
  const entry = asObject(value, 'a weight of weightsManifest');
  const name = asString(entry.name, 'the name of a weight');
  const shape = asArray(entry.shape, `the shape of ${name}`).map((size) =>
    asSize(size, `the shape of ${name}`, 0),
  );
  const encoding = readEncoding(entry.dtype, entry.quantization, name);
  return { name, shape, encoding, sizeBytes: elementCount(shape) * bytesPerElement(encoding) };
}

function readEncoding(dtype: unknown, quantization: unknown, name: string): Encoding {
  if (quantization === undefined || quantization === null) return unquantized(dtype, name);
  const { dtype: kind, scale, min } = asObject(quantization, `the quantization of ${name}`);
  if (kind === 'float16') return { kind };
  if (kind === 'uint8' || kind === 'uint16') {
    return {
      kind,
      scale: asNumber(scale, `the scale of ${name}`),
      min: asNumber(min, `the minimum of ${name}`),
    };
  }
  throw new ThawError(
    'model-invalid',
    `The weight ${name} is quantized as ${String(kind)}, which is not known. Export the model as float32, float16, uint8 or uint16.`,
  );
}

function unquantized(dtype: unknown, name: string): Encoding {
  if (dtype === 'float32') return { kind: 'float32' };
  if (dtype === 'float16') return { kind: 'float16' };
  if (dtype === 'int32') return { kind: 'other', bytesPerElement: 4 };
  if (dtype === 'bool' || dtype === 'uint8') return { kind: 'other', bytesPerElement: 1 };
  throw new ThawError(
    'model-invalid',
    `The weight ${name} has the type ${String(dtype)}, which is not known. Export the model with float32 weights.`,
  );
}

function bytesPerElement(encoding: Encoding): number {
  switch (encoding.kind) {
    case 'float32':
      return 4;
    case 'float16':
    case 'uint16':
      return 2;
    case 'uint8':
      return 1;
    case 'other':
      return encoding.bytesPerElement;
  }
}
