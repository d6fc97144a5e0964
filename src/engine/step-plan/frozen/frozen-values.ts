import type { LayerGraph } from '../../../core/graph/graph';
import type { ExecutablePhase, PictureBatch } from '../../executor';
import type { KernelBackend, LoadedPlan, Numbers } from '../backend';
import { everyRow, imagesOf } from '../batch-images';
import type { PictureShape } from '../compile/compile-training';
import type { ParameterLayout } from '../plan';
import { type FrozenBoundary, frozenBoundaryOf, isWorthKeeping } from './frozen-boundary';
import { PrefixCache, type PrefixCacheOptions, type PrefixCacheSize } from './prefix-cache';

/**
 * Pictures that are computed at once. Two sizes, since each loaded plan holds its own folded weights: a few
 * pictures that had no room in the cache don't cost a full batch.
 */
const LARGE_PART = 16;
const SMALL_PART = 4;

/** Loads and prepares the plan that computes the present boundary's values, or gives it again. */
export type ReadyPrefix = (key: string, shape: PictureShape) => Promise<LoadedPlan>;

/** A boundary, and its values of the pictures of one batch: picture after picture. */
export interface FrozenStart {
  readonly boundary: FrozenBoundary;
  readonly values: Numbers;
}

/**
 * Where the present phase's frozen part ends, and the values there, each computed once a picture. They are a
 * function of picture and frozen weights alone, in training as in evaluation. Whoever holds the weights tells
 * of everything that could change them.
 */
export class FrozenValues {
  readonly #graph: LayerGraph;
  readonly #backend: KernelBackend;
  readonly #leastWorkPerValue: number;
  readonly #cache: PrefixCache;
  /** Boundaries of the present phase by picture size. */
  readonly #boundaries = new Map<string, FrozenBoundary | null>();
  /** What the cache holds values of. */
  #kept: FrozenBoundary | null = null;

  constructor(graph: LayerGraph, backend: KernelBackend, options: PrefixCacheOptions) {
    this.#graph = graph;
    this.#backend = backend;
    this.#leastWorkPerValue = options.leastWorkPerValue;
    this.#cache = new PrefixCache(options);
  }

  /** The next phase may have another boundary; what is kept goes once a step with another one begins. */
  enterPhase(): void {
    this.#boundaries.clear();
  }

  /**
   * The boundary of pictures of this size in the present phase, if it is worth keeping. To be asked before
   * every step: a step with another boundary may change what the kept values were computed with.
   */
  boundary(phase: ExecutablePhase, layout: ParameterLayout, shape: PictureShape): FrozenBoundary | null {
    const pictureSize = shape.slice(1).join('×');
    let boundary = this.#boundaries.get(pictureSize);
    if (boundary === undefined) {
      const onePart = [LARGE_PART, shape[1], shape[2], shape[3]] as const;
      const found = frozenBoundaryOf(this.#graph, phase, layout, onePart, this.#backend);
      boundary = found !== null && isWorthKeeping(found, this.#leastWorkPerValue) ? found : null;
      this.#boundaries.set(pictureSize, boundary);
    }
    if (boundary?.key !== this.#kept?.key) this.clear();
    this.#kept = boundary;
    return boundary;
  }

  /** Names of the variables that kept values were computed with. */
  dependsOn(): ReadonlySet<string> {
    return this.#kept === null || this.#cache.size().pictures === 0 ? new Set() : this.#kept.variables;
  }

  /** Rows of pictures that nothing is kept of in the present phase. */
  unknown(
    phase: ExecutablePhase,
    layout: ParameterLayout,
    { shape, pictureIds }: Omit<PictureBatch, 'images'>,
  ): readonly number[] {
    const every = everyRow({ shape });
    if (pictureIds === undefined || this.boundary(phase, layout, shape) === null) return every;
    return every.filter((row) => !this.#cache.has(pictureIds[row]!));
  }

  clear(): void {
    this.#cache.clear();
    this.#kept = null;
  }

  size(): PrefixCacheSize {
    return this.#cache.size();
  }

  /** The values at a boundary that `boundary` gave last, of pictures that have ids. */
  async start(
    boundary: FrozenBoundary,
    batch: PictureBatch,
    pictureIds: readonly string[],
    ready: ReadyPrefix,
  ): Promise<FrozenStart> {
    const size = boundary.elementsPerPicture;
    const values = this.#numbers(pictureIds.length * size);
    const rowOf = (place: number) => values.subarray(place * size, (place + 1) * size);
    const missing: number[] = [];
    pictureIds.forEach((id, place) => {
      if (!this.#cache.read(id, rowOf(place))) missing.push(place);
    });
    const pictures = missing.length === 0 ? null : await imagesOf(batch, missing);
    const pictureLength = batch.shape[1] * batch.shape[2] * batch.shape[3];
    for (let done = 0; pictures !== null && done < missing.length; ) {
      const part = missing.length - done > SMALL_PART ? LARGE_PART : SMALL_PART;
      const places = missing.slice(done, done + part);
      const shape = [part, batch.shape[1], batch.shape[2], batch.shape[3]] as const;
      const loaded = await ready(`prefix ${boundary.key} of ${part}`, shape);
      const end = done + places.length;
      await computeRows(
        loaded,
        boundary,
        pictures.subarray(done * pictureLength, end * pictureLength),
        places,
        rowOf,
      );
      for (const place of places) await this.#cache.keep(pictureIds[place]!, rowOf(place));
      done = end;
    }
    return { boundary, values };
  }

  /** The oracle keeps what it computed to the last bit. */
  #numbers(elements: number): Numbers {
    return this.#backend.name === 'reference' ? new Float64Array(elements) : new Float32Array(elements);
  }
}

/** One value of the boundary for all pictures of a start, as a plan's input wants it: [count × elements]. */
export function valueAt({ boundary, values }: FrozenStart, name: string): Numbers {
  if (boundary.values.length === 1) return values;
  const size = boundary.elementsPerPicture;
  const count = values.length / size;
  let offset = 0;
  for (const value of boundary.values) {
    if (value.name === name) {
      const length = value.elementsPerPicture;
      const gathered = values.slice(0, count * length);
      for (let row = 0; row < count; row += 1) {
        const from = row * size + offset;
        gathered.set(values.subarray(from, from + length), row * length);
      }
      return gathered;
    }
    offset += value.elementsPerPicture;
  }
  throw new RangeError(`${name} is no value of the frozen boundary.`);
}

/** Runs the pictures of `places` through; what is left of the plan's batch is zeros that nobody reads. */
async function computeRows(
  loaded: LoadedPlan,
  boundary: FrozenBoundary,
  some: Float32Array,
  places: readonly number[],
  rowOf: (place: number) => Numbers,
): Promise<void> {
  const pictures = new Float32Array((some.length / places.length) * loaded.plan.batch);
  pictures.set(some);
  for (const input of loaded.plan.inputs) loaded.write(input.buffer, pictures);
  await loaded.run([]);
  let offset = 0;
  for (const { name, elementsPerPicture: length } of boundary.values) {
    const output = loaded.plan.outputs.find((port) => port.name === name)!;
    const computed = await loaded.read(output.buffer, places.length * length);
    places.forEach((place, index) => {
      rowOf(place).set(computed.subarray(index * length, (index + 1) * length), offset);
    });
    offset += length;
  }
}
