import { ThawError } from '../errors';

/** A value as a message shows it: short, and telling `"0.1"` from `0.1`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}

/** @throws ThawError `invalid-option`, always: `name` must be `expected` but was `value`. */
export function refuse(name: string, expected: string, value: unknown): never {
  throw new ThawError('invalid-option', `\`${name}\` must be ${expected}, but was ${describeValue(value)}.`);
}

/** Bounds of a number: `above` and `below` exclude the bound itself, `atLeast` and `atMost` include it. */
export interface NumberBounds {
  readonly above?: number;
  readonly atLeast?: number;
  readonly below?: number;
  readonly atMost?: number;
}

export function readNumber(name: string, value: unknown, bounds: NumberBounds): number {
  const { above, atLeast, below, atMost } = bounds;
  const inside =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (above === undefined || value > above) &&
    (atLeast === undefined || value >= atLeast) &&
    (below === undefined || value < below) &&
    (atMost === undefined || value <= atMost);
  return inside ? value : refuse(name, `a number ${boundsText(bounds)}`, value);
}

export function readInteger(
  name: string,
  value: unknown,
  atLeast: number,
  atMost = Number.MAX_SAFE_INTEGER,
): number {
  const inside = typeof value === 'number' && Number.isSafeInteger(value);
  if (inside && value >= atLeast && value <= atMost) return value;
  const range =
    atMost === Number.MAX_SAFE_INTEGER ? `of at least ${atLeast}` : `from ${atLeast} to ${atMost}`;
  return refuse(name, `a whole number ${range}`, value);
}

export function readBoolean(name: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
}

export function readChoice<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const list = choices.map((choice) => `"${choice}"`).join(', ');
  return refuse(name, choices.length === 1 ? list : `one of ${list}`, value);
}

/** An object whose fields can be read by name; lists and null are none. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function boundsText({ above, atLeast, below, atMost }: NumberBounds): string {
  const parts = [
    above !== undefined ? `greater than ${above}` : null,
    atLeast !== undefined ? `of at least ${atLeast}` : null,
    below !== undefined ? `less than ${below}` : null,
    atMost !== undefined ? `of at most ${atMost}` : null,
  ];
  return parts.filter((part) => part !== null).join(' and ');
}
