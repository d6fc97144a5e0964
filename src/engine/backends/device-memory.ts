const GIB = 2 ** 30;

/** A quarter of what wasm32 can address; the rest is for activations, weights and everything else of the page. */
const MOST_CACHE_BYTES = GIB / 2;

/** What a browser says of the machine's memory, 0.25 … 8 GiB; 4 where it does not tell. */
export function deviceMemoryBytes(): number {
  const told = typeof navigator === 'undefined' ? undefined : Reflect.get(navigator, 'deviceMemory');
  return (typeof told === 'number' ? told : 4) * GIB;
}

/** For the values of frozen pictures. */
export function cacheBudgetBytes(): number {
  return Math.min(MOST_CACHE_BYTES, deviceMemoryBytes() / 8);
}

/**
 * What a run may hold at once: half of the machine's memory, which other pages want too, and at most what 32-bit
 * addresses reach.
 */
export function trainingMemoryBytes(): number {
  return Math.min(4 * GIB, deviceMemoryBytes() / 2);
}
