import { buffersOf } from '../call-buffers';
import type { BufferId, ScalarId } from '../calls/call';
import type { KernelCall } from '../operations';
import {
  aligned,
  type NumberFormat,
  type ParameterLayout,
  type PlanBuffer,
  type PlanPort,
  type Region,
  type StepPlan,
  type StepScalar,
  type UnplacedPlan,
} from '../plan';

interface DraftBuffer {
  readonly name: string;
  readonly region: Region;
  readonly elements: number;
  readonly format: NumberFormat;
  readonly offset: number;
}

/** Collects buffers and calls while a plan is compiled. */
export class PlanBuilder {
  readonly #layout: ParameterLayout;
  readonly #buffers: DraftBuffer[] = [];
  readonly #prepare: KernelCall[] = [];
  readonly #calls: KernelCall[] = [];
  readonly #inputs: PlanPort[] = [];
  readonly #outputs: PlanPort[] = [];
  readonly #scalars: StepScalar[] = [];
  readonly #parameters = new Map<string, BufferId>();
  readonly #touched = new Set<BufferId>();
  #preparedElements = 0;

  constructor(layout: ParameterLayout) {
    this.#layout = layout;
  }

  get layout(): ParameterLayout {
    return this.#layout;
  }

  /** @param format the most compact one that the numbers may be kept in */
  arena(name: string, elements: number, format: NumberFormat = 'float32'): BufferId {
    return this.#add({ name, region: 'arena', elements, format, offset: -1 });
  }

  prepared(name: string, elements: number): BufferId {
    const offset = this.#preparedElements;
    this.#preparedElements += aligned(elements);
    return this.#add({ name, region: 'prepared', elements, format: 'float32', offset });
  }

  variable(name: string): BufferId {
    return this.#parameter('weights', name, name);
  }

  gradient(name: string): BufferId {
    return this.#parameter('gradients', name, `gradient of ${name}`);
  }

  /** The range of a group's update, which overlaps the buffers of its variables. */
  range(region: 'weights' | 'gradients' | 'slot0' | 'slot1', index: number): BufferId {
    const range = this.#layout.updates[index];
    if (!range) throw new RangeError(`No update range ${index}.`);
    const name = `${region} of group ${range.group}`;
    return this.#add({ name, region, elements: range.elements, format: 'float32', offset: range.offset });
  }

  input(role: PlanPort['role'], name: string, elements: number): BufferId {
    const buffer = this.arena(name, elements);
    this.#inputs.push({ role, name, buffer, elements });
    return buffer;
  }

  output(role: PlanPort['role'], name: string, buffer: BufferId): void {
    this.#outputs.push({ role, name, buffer, elements: this.elementsOf(buffer) });
  }

  scalar(scalar: StepScalar): ScalarId {
    return this.#scalars.push(scalar) - 1;
  }

  call(call: KernelCall): void {
    this.#calls.push(call);
    for (const buffer of buffersOf(call)) this.#touched.add(buffer);
  }

  prepareCall(call: KernelCall): void {
    this.#prepare.push(call);
  }

  /** Whether a call so far reads or writes the buffer. */
  isTouched(buffer: BufferId): boolean {
    return this.#touched.has(buffer);
  }

  elementsOf(buffer: BufferId): number {
    return this.#buffers[buffer]!.elements;
  }

  finish(purpose: StepPlan['purpose'], batch: number): UnplacedPlan {
    const end = this.#calls.length;
    const lives = new Map<BufferId, { first: number; last: number }>();
    const touch = (buffer: BufferId, at: number) => {
      const life = lives.get(buffer);
      if (!life) lives.set(buffer, { first: at, last: at });
      else lives.set(buffer, { first: Math.min(life.first, at), last: Math.max(life.last, at) });
    };
    for (const { buffer } of this.#inputs) touch(buffer, -1);
    this.#calls.forEach((call, index) => {
      for (const buffer of buffersOf(call)) touch(buffer, index);
    });
    for (const { buffer } of this.#outputs) touch(buffer, end);
    const buffers: PlanBuffer[] = this.#buffers.map((draft, id) => ({
      ...draft,
      life: draft.region === 'arena' ? (lives.get(id) ?? { first: -1, last: -1 }) : { first: -1, last: end },
    }));
    return {
      purpose,
      batch,
      buffers,
      prepare: this.#prepare,
      calls: this.#calls,
      inputs: this.#inputs,
      outputs: this.#outputs,
      scalars: this.#scalars,
      preparedElements: this.#preparedElements,
    };
  }

  #parameter(region: 'weights' | 'gradients', name: string, title: string): BufferId {
    const known = this.#parameters.get(title);
    if (known !== undefined) return known;
    const place = this.#layout.variables.get(name);
    if (!place) throw new RangeError(`No variable ${name} in the layout.`);
    const { elements, offset } = place;
    const id = this.#add({ name: title, region, elements, format: 'float32', offset });
    this.#parameters.set(title, id);
    return id;
  }

  #add(buffer: DraftBuffer): BufferId {
    return this.#buffers.push(buffer) - 1;
  }
}
