import type { ActivationStorage, StorageView } from '../../../core/run/storage-view';
import type { KernelBackend, ParameterMemory } from '../backend';
import type { PictureShape } from '../compile/compile-training';
import type { ParameterLayout, StepPlan } from '../plan';
import { COMPARED_PICTURES, compareStorage, isClose } from './compare-storage';
import { firstPictures, type TrainingInputs, writeInputs } from './training-inputs';

export interface TrainingStep {
  readonly shape: PictureShape;
  readonly inputs: TrainingInputs;
  readonly layout: ParameterLayout;
  readonly compile: (shape: PictureShape, storage: ActivationStorage) => StepPlan;
  readonly scalars: (plan: StepPlan) => readonly number[];
}

const FLOAT32: StorageView = { format: 'float32', comparison: null };

/** Whether a phase keeps its activations in halves: where that was asked for, and its first batch stays close. */
export class StorageChoice {
  readonly #backend: KernelBackend;
  #view: StorageView | null = null;

  constructor(backend: KernelBackend) {
    this.#backend = backend;
  }

  get view(): StorageView {
    return this.#view ?? FLOAT32;
  }

  enterPhase(): void {
    this.#view = null;
  }

  async formatFor(
    asked: ActivationStorage,
    memory: ParameterMemory,
    step: TrainingStep,
  ): Promise<ActivationStorage> {
    this.#view ??= asked === 'float32' ? FLOAT32 : await this.#compare(memory, step);
    return this.#view.format;
  }

  async #compare(memory: ParameterMemory, { shape, inputs, compile, ...step }: TrainingStep) {
    const isCompact = compile(shape, 'half').buffers.some(({ format }) => format !== 'float32');
    if (!isCompact) return FLOAT32;
    const [count, ...picture] = shape;
    const first = Math.min(count, COMPARED_PICTURES);
    const few = firstPictures(inputs, first, count);
    const comparison = await compareStorage(this.#backend, memory, {
      ...step,
      compile: (storage) => compile([first, ...picture], storage),
      fill: (loaded) => writeInputs(loaded, few),
    });
    return { format: isClose(comparison) ? 'half' : 'float32', comparison } as const;
  }
}
