/** @param to the epoch after the last */
export function describeSpan(from: number, to: number): string {
  return to - from === 1 ? `epoch ${from}` : `epochs ${from}–${to - 1}`;
}
