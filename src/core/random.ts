/** A stream of numbers, uniform in [0, 1), that depends on its seed alone. */
export type Random = () => number;

/** A stream that can be written down and gone on with: `resumeRandom(random.state())` draws the same. */
export interface ResumableRandom {
  (): number;
  /** 32 bits. */
  readonly state: () => number;
}

/**
 * mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for orders and initial weights.
 *
 * @param stream what the numbers are for. One seed gives every stream numbers of its own, so that drawing
 *   more of one (say, a larger head) changes nothing in another (the order of the pictures).
 */
export function createRandom(seed: number, stream?: string): ResumableRandom {
  return resumeRandom(stream === undefined ? seed : mix(seed, stream));
}

/** @param state of `ResumableRandom.state`; a seed is a state too */
export function resumeRandom(state: number): ResumableRandom {
  let current = state >>> 0;
  const next = () => {
    current = (current + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(current ^ (current >>> 15), current | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, { state: () => current });
}

/** @returns the values in an order drawn from the stream (Fisher–Yates). */
export function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** @returns values uniform in [low, high), as float32. */
export function uniformValues(count: number, low: number, high: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}

/** @returns values of a normal distribution (Box–Muller), as float32. */
export function normalValues(count: number, mean: number, deviation: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => {
    // 1 − u keeps the logarithm away from zero.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * random());
  });
}

/** FNV-1a over the stream's name, begun at the seed, and a last stir (murmur3's finalizer). */
function mix(seed: number, stream: string): number {
  let hash = (0x811c9dc5 ^ seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
