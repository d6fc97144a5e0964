import { ThawError } from '../../core/errors';

/** Reading a model file that may hold anything: every getter says where it looked and what it wanted. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown, where: string): JsonObject {
  if (!isObject(value)) throw invalid(where, 'an object');
  return value;
}

export function asArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, 'a list');
  return value;
}

export function asString(value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalid(where, 'a text');
  return value;
}

export function asNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(where, 'a number');
  return value;
}

/** A whole number of at least `least`, small enough to be a dimension. */
export function asSize(value: unknown, where: string, least = 1): number {
  const size = asNumber(value, where);
  if (!Number.isSafeInteger(size) || size < least || size > 2 ** 31) {
    throw invalid(where, `a whole number of at least ${least}`);
  }
  return size;
}

function invalid(where: string, wanted: string): ThawError {
  return new ThawError(
    'model-invalid',
    `The model file is damaged: ${where} should be ${wanted}. Export the model again and load all of its files.`,
  );
}
