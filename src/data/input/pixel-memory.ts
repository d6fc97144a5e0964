const MEGABYTE = 2 ** 20;
const MOST_BYTES = 256 * MEGABYTE;

/** For decoded pixels that are kept: a 32nd of the machine's memory (4 GiB where the browser does not tell). */
export function usualPixelMemoryBytes(): number {
  const told: unknown = Reflect.get(navigator, 'deviceMemory');
  return Math.min(MOST_BYTES, (typeof told === 'number' ? told : 4) * 32 * MEGABYTE);
}

/**
 * Reads the address parameter `?pixelMemory=`, in MB.
 * @returns bytes; null where there is none, or no number
 */
export function readPixelMemoryBytes(search: string): number | null {
  const text = new URLSearchParams(search).get('pixelMemory');
  const megabytes = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(megabytes) && megabytes >= 0 ? megabytes * MEGABYTE : null;
}
