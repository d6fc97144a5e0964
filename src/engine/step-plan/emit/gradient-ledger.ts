import type { BufferId, WriteMode } from '../calls/call';
import type { LoweredNetwork, ValueName } from '../lower/nodes';
import { elementsOf } from './forward-trace';
import type { PlanBuilder } from './plan-builder';

/**
 * Where the gradient of each value is while the backward pass walks up the network. The gradient of a value that
 * several nodes read is the sum of what each brings; where a gradient simply passes through (an addition),
 * two values share one buffer until one of them is added to.
 */
export class GradientLedger {
  readonly #plan: PlanBuilder;
  readonly #network: LoweredNetwork;
  readonly #needing: ReadonlySet<ValueName>;
  readonly #buffers = new Map<ValueName, BufferId>();
  /** The gradient taken last: its node's calls still read it, so nothing may be added to it. */
  #inUse: BufferId | null = null;

  constructor(plan: PlanBuilder, network: LoweredNetwork, needing: ReadonlySet<ValueName>) {
    this.#plan = plan;
    this.#network = network;
    this.#needing = needing;
  }

  needs(value: ValueName): boolean {
    return this.#needing.has(value);
  }

  /** @returns the finished gradient of a value, which is then the caller's; null: the loss does not depend on it */
  take(value: ValueName): BufferId | null {
    const buffer = this.#buffers.get(value) ?? null;
    this.#buffers.delete(value);
    this.#inUse = buffer;
    return buffer;
  }

  /** A fresh buffer for a gradient of the value's size. */
  fresh(value: ValueName, title = `gradient of ${value}`): BufferId {
    return this.#plan.arena(title, elementsOf(this.#network, value), 'scaledHalf');
  }

  /** Adds what `emit` writes to the value's gradient. @param canAdd whether the kernel can add to what is there */
  contribute(
    value: ValueName,
    layer: string,
    canAdd: 'canAdd' | 'overwritesOnly',
    emit: (target: BufferId, write: WriteMode) => void,
  ): void {
    if (!this.needs(value)) return;
    const existing = this.#buffers.get(value);
    if (existing !== undefined && canAdd === 'canAdd' && this.#isSole(existing)) {
      emit(existing, 'add');
      return;
    }
    const target = this.fresh(value);
    emit(target, 'overwrite');
    if (existing === undefined) this.#buffers.set(value, target);
    else this.#sum(value, layer, target, existing);
  }

  /** The value's gradient is (or gains) this buffer as it is. After every call of the node that reads it. */
  passThrough(value: ValueName, layer: string, gradient: BufferId): void {
    if (!this.needs(value)) return;
    const existing = this.#buffers.get(value);
    if (existing === undefined) {
      this.#buffers.set(value, gradient);
      return;
    }
    if (existing !== gradient && this.#isSole(existing)) {
      this.#accumulate(layer, existing, gradient, elementsOf(this.#network, value));
      return;
    }
    const target = this.fresh(value);
    const elements = elementsOf(this.#network, value);
    const sizes = {
      broadcast: 'none',
      activation: 'linear',
      batch: 1,
      positions: 1,
      channels: elements,
    } as const;
    this.#plan.call({
      kind: 'add',
      layer,
      ...sizes,
      inputs: { a: existing, b: gradient },
      outputs: { output: target },
    });
    this.#buffers.set(value, target);
  }

  #sum(value: ValueName, layer: string, fresh: BufferId, existing: BufferId): void {
    const elements = elementsOf(this.#network, value);
    if (this.#isSole(existing)) {
      this.#accumulate(layer, existing, fresh, elements);
      return;
    }
    this.#accumulate(layer, fresh, existing, elements);
    this.#buffers.set(value, fresh);
  }

  #accumulate(layer: string, target: BufferId, source: BufferId, elements: number): void {
    this.#plan.call({ kind: 'accumulate', layer, elements, inputs: { source }, outputs: { target } });
  }

  #isSole(buffer: BufferId): boolean {
    if (buffer === this.#inUse) return false;
    let holders = 0;
    for (const held of this.#buffers.values()) if (held === buffer) holders += 1;
    return holders === 1;
  }
}
