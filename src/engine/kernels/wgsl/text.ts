/** 0, 1, … count − 1: what an unrolled loop runs over. */
export function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

export function join<T>(items: readonly T[], line: (item: T) => string): string {
  return items.map(line).join('\n');
}
