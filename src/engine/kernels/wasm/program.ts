import type { BufferId, ScalarId } from '../../step-plan/calls/call';

/** Table indices of the kernels by name, as the module exports them. */
export type KernelTable = ReadonlyMap<string, number>;

/** One kernel with its arguments, to be run `tasks` times (task 0, 1, …; see simd/module.as.ts). */
export interface WasmStep {
  readonly kernel: string;
  readonly tasks: number;
  /** 32-bit words: integers, addresses, and floats as `floatWord` makes them. */
  readonly words: readonly number[];
}

/** Words before the arguments: kernel, tasks, tasks taken, words to the next step. */
const HEADER_WORDS = 4;

/** What a call's recorder is given: where everything is, and a place for its steps and its scratch. */
export interface StepRecorder {
  readonly threads: number;
  /** Address of a buffer; 0 for none. */
  at(buffer: BufferId | null): number;
  scalarAt(scalar: ScalarId): number;
  /** @returns the address of so many elements that live as long as the call */
  scratch(elements: number): number;
  step(kernel: string, tasks: number, words: readonly number[]): void;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** @returns the bits of a float32 as an integer */
export function floatWord(value: number): number {
  float[0] = value;
  return bits[0]!;
}

/** Writes steps as the module reads them. @returns words */
export function programWords(steps: readonly WasmStep[], table: KernelTable): Int32Array {
  const words: number[] = [];
  for (const { kernel, tasks, words: args } of steps) {
    const index = table.get(kernel);
    if (index === undefined) throw new RangeError(`The kernel module has no ${kernel}.`);
    words.push(index, tasks, 0, HEADER_WORDS + args.length, ...args);
  }
  return Int32Array.from(words);
}
