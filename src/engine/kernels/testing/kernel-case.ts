import fc from 'fast-check';
import { createRandom, normalValues, type Random } from '../../../core/random';
import { idsOf } from '../../step-plan/call-buffers';
import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall } from '../../step-plan/operations';

/** One call with everything it reads: what a backend and the reference are both given. */
export interface KernelCase {
  readonly call: KernelCall;
  /** Calls that follow at once, which a backend may run together with it. */
  readonly following?: readonly KernelCall[];
  /** Contents before the call, by BufferId. Outputs that are not read hold NaN, so that a gap shows. */
  readonly buffers: readonly Float32Array[];
  readonly scalars: readonly number[];
}

/** Draws the buffers of a case; the same seed gives the same numbers. */
export class CaseBuilder {
  readonly #random: Random;
  readonly #buffers: Float32Array[] = [];

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  normal(elements: number, mean = 0, deviation = 1): BufferId {
    return this.given(normalValues(elements, mean, deviation, this.#random));
  }

  /** Uniform in [0.5, 1.5): variances, scales. */
  positive(elements: number): BufferId {
    return this.given(Float32Array.from({ length: elements }, () => 0.5 + this.#random()));
  }

  labels(elements: number, classes: number): BufferId {
    return this.given(Float32Array.from({ length: elements }, () => Math.floor(this.#random() * classes)));
  }

  /** Normal values through a function: the outputs of an activation. */
  mapped(elements: number, deviation: number, map: (x: number) => number): BufferId {
    return this.given(normalValues(elements, 0, deviation, this.#random).map(map));
  }

  given(values: Float32Array): BufferId {
    return this.#buffers.push(values) - 1;
  }

  /** An output that is written whole. */
  written(elements: number): BufferId {
    return this.given(new Float32Array(elements).fill(Number.NaN));
  }

  build(
    call: KernelCall,
    scalars: readonly number[] = [],
    following: readonly KernelCall[] = [],
  ): KernelCase {
    const kernelCase = { call, following, buffers: this.#buffers, scalars };
    // A failing case prints its call, not its numbers.
    return Object.assign(kernelCase, { [fc.toStringMethod]: () => JSON.stringify(call) });
  }
}

export function outputsOf(kernelCase: KernelCase): readonly BufferId[] {
  const { call, following = [] } = kernelCase;
  return [call, ...following].flatMap(({ outputs }) => idsOf(outputs));
}
