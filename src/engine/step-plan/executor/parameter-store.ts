import type { LayerGraph } from '../../../core/graph/graph';
import type { ExecutablePhase } from '../../executor';
import type { KernelBackend, Numbers, ParameterMemory, ParameterRegion } from '../backend';
import { layOutParameters } from '../parameter-layout';
import type { ParameterLayout } from '../plan';

const SLOTS = ['slot0', 'slot1'] as const;

/**
 * Weights and optimizer state of a network by variable name, in a backend's memory. A phase lays them out
 * anew; nothing is lost or rounded on the way, and the state of a variable that does not train now is kept.
 */
export class ParameterStore {
  readonly #backend: KernelBackend;
  readonly #graph: LayerGraph;
  readonly stepCounts = new Map<string, number>();
  /** State of variables that are not trained in the present phase. */
  readonly #parked = new Map<string, readonly Numbers[]>();
  #layout: ParameterLayout;
  #memory: ParameterMemory;

  private constructor(
    backend: KernelBackend,
    graph: LayerGraph,
    layout: ParameterLayout,
    memory: ParameterMemory,
  ) {
    this.#backend = backend;
    this.#graph = graph;
    this.#layout = layout;
    this.#memory = memory;
  }

  static async create(backend: KernelBackend, graph: LayerGraph): Promise<ParameterStore> {
    const layout = layOutParameters(graph, null, new Map());
    return new ParameterStore(backend, graph, layout, await backend.allocateParameters(layout));
  }

  get layout(): ParameterLayout {
    return this.#layout;
  }

  get memory(): ParameterMemory {
    return this.#memory;
  }

  /** Every plan that was loaded with the old memory must be disposed of before. */
  async layOutFor(phase: ExecutablePhase): Promise<void> {
    const weights = await this.readWeights([...this.#layout.variables.keys()]);
    const state = await this.readSlots();
    this.#memory.dispose();
    this.#layout = layOutParameters(this.#graph, phase, this.stepCounts);
    this.#memory = await this.#backend.allocateParameters(this.#layout);
    this.writeWeights(weights);
    this.writeSlots(state);
  }

  readWeights(names: readonly string[]): Promise<Map<string, Numbers>> {
    return this.#read('weights', names);
  }

  writeWeights(values: ReadonlyMap<string, Numbers>): void {
    for (const [name, numbers] of values) {
      const { offset, elements } = this.#place(name);
      if (numbers.length !== elements) {
        throw new RangeError(`${name} has ${elements} values, not ${numbers.length}.`);
      }
      this.#memory.write('weights', offset, numbers);
    }
  }

  /** Slots of every variable that has had an update. */
  async readSlots(): Promise<Map<string, readonly Numbers[]>> {
    const names = this.#trained().filter((name) => this.stepCounts.get(name));
    const regions = SLOTS.slice(0, this.#layout.slots);
    const slots = await Promise.all(regions.map((region) => this.#read(region, names)));
    const state = new Map(this.#parked);
    for (const name of names)
      state.set(
        name,
        slots.map((values) => values.get(name)!),
      );
    return state;
  }

  writeSlots(state: ReadonlyMap<string, readonly Numbers[]>): void {
    const trained = new Set(this.#trained());
    this.#parked.clear();
    for (const [name, slots] of state) {
      if (!trained.has(name)) {
        this.#parked.set(name, slots);
        continue;
      }
      const { offset } = this.#place(name);
      slots.slice(0, this.#layout.slots).forEach((numbers, index) => {
        this.#memory.write(SLOTS[index]!, offset, numbers);
      });
    }
  }

  /** In one read from the first variable to the last: on a GPU each read is a round trip. */
  async #read(region: ParameterRegion, names: readonly string[]): Promise<Map<string, Numbers>> {
    if (names.length === 0) return new Map();
    const places = names.map((name) => ({ name, ...this.#place(name) }));
    const first = places.reduce((least, { offset }) => Math.min(least, offset), Number.POSITIVE_INFINITY);
    const end = places.reduce((most, { offset, elements }) => Math.max(most, offset + elements), 0);
    const all = await this.#memory.read(region, first, end - first);
    const valuesOf = (offset: number, elements: number) =>
      all.slice(offset - first, offset - first + elements);
    return new Map(places.map(({ name, offset, elements }) => [name, valuesOf(offset, elements)]));
  }

  #trained(): readonly string[] {
    return this.#layout.updates.flatMap((range) => range.names);
  }

  #place(name: string): { readonly offset: number; readonly elements: number } {
    const place = this.#layout.variables.get(name);
    if (!place) throw new RangeError(`The network has no variable ${name}.`);
    return place;
  }
}
