/**
 * Which values a dropout keeps: a counter-based random bit, a pure function of seed, layer and index, so
 * that the backward pass and every thread draw the same without storing a mask. In 32-bit unsigned
 * arithmetic: keep(i) = mix(i + mix(seed + mix(salt))) ≥ ⌊rate · 2³²⌋, mix being MurmurHash3's finalizer.
 * @param seed of `dropoutSeed` (step-scalars.ts)
 * @param salt the layer's place in the graph, so that two layers of a step drop different values
 * @param index into the flat values, channels last
 */
export function dropoutKeeps(seed: number, salt: number, index: number, rate: number): boolean {
  return mix((index + dropoutKey(seed, salt)) >>> 0) >= dropoutThreshold(rate);
}

/** The same for every value of one layer in one step. */
export function dropoutKey(seed: number, salt: number): number {
  return mix((seed + mix(salt)) >>> 0);
}

export function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** fmix32 of MurmurHash3 (Appleby, public domain). */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
