import type { Numbers } from './backend';

/** What a backend has read is a copy already. */
export function asFloat32(numbers: Numbers): Float32Array {
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}

export function concatenated(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
