import type { KernelBackend, LoadedPlan, ParameterMemory } from '../backend';
import type { StepPlan } from '../plan';

/** A loaded plan, and of which weights its prepared ones were made. */
interface ReadyPlan {
  readonly loaded: LoadedPlan;
  preparedOf: number;
}

/** Plans that were compiled, loaded and prepared once, by what they are for and their batch's shape. */
export class ReadyPlans {
  readonly #backend: KernelBackend;
  readonly #plans = new Map<string, ReadyPlan>();

  constructor(backend: KernelBackend) {
    this.#backend = backend;
  }

  /** @param version of the weights that the plan's prepared ones must be made of */
  async get(
    key: string,
    version: number,
    parameters: ParameterMemory,
    compile: () => StepPlan,
  ): Promise<LoadedPlan> {
    let ready = this.#plans.get(key);
    if (!ready) {
      ready = { loaded: await this.#backend.load(compile(), parameters), preparedOf: -1 };
      this.#plans.set(key, ready);
    }
    if (ready.preparedOf !== version && ready.loaded.plan.prepare.length > 0) await ready.loaded.prepare();
    ready.preparedOf = version;
    return ready.loaded;
  }

  drop(): void {
    for (const { loaded } of this.#plans.values()) loaded.dispose();
    this.#plans.clear();
  }
}
