import { ThawError } from '../core/errors';
import { isRecord } from '../core/options/option-values';
import type { EpochRecord } from '../core/run/run-record';
import type { RunState } from '../core/run/run-state';
import { readRunState } from '../core/run/run-state-shape';

/** Each tensor of the file, in the order of its values: a weight, or one slot of a variable. */
type TensorPlace = readonly [name: string, slot: number | null, elements: number];

/** Bytes before the header, which hold its length (little-endian, as in safetensors). */
const LENGTH_BYTES = 8;

/**
 * A run's state as one file: 8 bytes with the header's length, the header (JSON: everything but the tensors,
 * and their names and sizes), then the tensors as little-endian float32. Reading it gives the same state, bit
 * for bit.
 */
export function runStateToBytes(state: RunState): Uint8Array<ArrayBuffer> {
  const { weights, optimizer, ...rest } = state;
  const places: TensorPlace[] = [];
  const tensors: Float32Array[] = [];
  const append = (name: string, slot: number | null, values: Float32Array): void => {
    places.push([name, slot, values.length]);
    tensors.push(values);
  };
  for (const [name, values] of weights) append(name, null, values);
  for (const [name, { slots }] of optimizer) {
    for (const [index, slot] of slots.entries()) append(name, index, slot);
  }

  const stepCounts = [...optimizer].map(([name, { stepCount }]) => [name, stepCount]);
  const json = JSON.stringify({ format: 'thaw-run-state', ...rest, stepCounts, tensors: places });
  const header = new TextEncoder().encode(json);
  const valueBytes = 4 * tensors.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + valueBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + header.length;
  for (const values of tensors) {
    for (const value of values) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return bytes;
}

/** @throws ThawError `run-state-invalid` for anything that `runStateToBytes` did not write */
export function runStateFromBytes(bytes: Uint8Array): RunState {
  const { header, values } = splitFile(bytes);
  const { format: _format, tensors, stepCounts, epochs, ...rest } = header;
  const weights = new Map<string, Float32Array>();
  const slots = new Map<string, Float32Array[]>();
  let offset = 0;
  for (const place of Array.isArray(tensors) ? tensors : []) {
    if (!isPlace(place)) return damaged();
    const [name, slot, elements] = place;
    if (values.byteLength < offset + 4 * elements) return damaged();
    const tensor = Float32Array.from({ length: elements }, (_, i) => values.getFloat32(offset + 4 * i, true));
    offset += 4 * elements;
    if (slot === null) weights.set(name, tensor);
    else slots.set(name, [...(slots.get(name) ?? []), tensor]);
  }
  if (offset !== values.byteLength) return damaged();
  const optimizer = new Map<unknown, unknown>();
  for (const pair of Array.isArray(stepCounts) ? stepCounts : []) {
    if (!Array.isArray(pair)) return damaged();
    const [name, stepCount] = pair;
    optimizer.set(name, { stepCount, slots: slots.get(name) ?? [] });
  }
  return readRunState({ ...rest, epochs: withNaN(epochs), weights, optimizer });
}

/** JSON writes NaN, which an epoch without validation has, as null. */
function withNaN(epochs: unknown): unknown {
  if (!Array.isArray(epochs)) return epochs;
  return epochs.map((epoch: unknown) => {
    if (!isRecord(epoch)) return epoch;
    const { valLoss, valAccuracy } = epoch satisfies Partial<Record<keyof EpochRecord, unknown>>;
    return { ...epoch, valLoss: valLoss ?? Number.NaN, valAccuracy: valAccuracy ?? Number.NaN };
  });
}

function splitFile(bytes: Uint8Array): {
  readonly header: Readonly<Record<string, unknown>>;
  readonly values: DataView;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < LENGTH_BYTES ? -1 : Number(view.getBigUint64(0, true));
  const start = LENGTH_BYTES + headerBytes;
  if (headerBytes < 0 || start > bytes.length) return damaged();
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, start)),
    );
  } catch {
    return damaged();
  }
  if (!isRecord(header) || header.format !== 'thaw-run-state') return damaged();
  return { header, values: new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start) };
}

function isPlace(value: unknown): value is TensorPlace {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [name, slot, elements] = value;
  const isCount = (number: unknown) => Number.isSafeInteger(number) && Number(number) >= 0;
  return typeof name === 'string' && (slot === null || isCount(slot)) && isCount(elements);
}

function damaged(): never {
  throw new ThawError(
    'run-state-invalid',
    'This file is not the state of a run, or it is damaged. Choose another one.',
  );
}
