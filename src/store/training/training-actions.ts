import { ThawError, toFailure } from '../../core/errors';
import { toSerializableConfig } from '../../core/options/options';
import type { TrainConfig } from '../../core/options/train-config';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord } from '../../core/run/run-record';
import { readRunState } from '../../core/run/run-state-shape';
import { runStateFromBytes, runStateToBytes } from '../../storage/run-state-file';
import {
  type ActionContext,
  clearMessages,
  refuseWhileChanging,
  refuseWhileTraining,
  say,
} from '../action-context';
import { isSameOptions, type PhaseOptions, toPhaseOptions, toTrainConfig } from '../phase-options';
import { releasePictures } from '../pictures/gallery-pictures';
import { withdrawUndo } from '../pictures/removed-pictures';
import { dropModel, loadPacker } from '../results-actions';
import type { ThawState } from '../state';
import { coalesceEvents } from './event-coalescer';
import { createLastStepReader } from './last-step';
import type { PlanRefresh } from './plan-refresh';
import { IDLE_TRAINING, isTraining, reduceTrainingEvents } from './training-reducer';

export function createTrainingActions(
  context: ActionContext,
  plan: PlanRefresh,
  announce: (event: TrainingEvent) => void,
) {
  const { store, ports } = context;
  const lastStep = createLastStepReader({ store, ports });

  /** Refused while training runs: the options are those of the run. */
  function setPhaseOption<Name extends keyof PhaseOptions>(name: Name, value: PhaseOptions[Name]): void {
    refuseWhileTraining(store.getState(), 'The phases cannot be changed');
    clearMessages(store, 'phases');
    store.setState(({ options }) => ({ options: { ...options, [name]: value } }));
    void plan.refresh();
  }

  async function train(config: TrainConfig): Promise<RunRecord> {
    refuseWhileChanging(context);
    requireTrainable();
    const plain = toSerializableConfig(config);
    return run(toPhaseOptions(plain), (listener) => ports.worker.train(plain, listener));
  }

  /** @param saved anything; it is checked before the page changes */
  async function resumeRun(saved: unknown): Promise<RunRecord> {
    refuseWhileChanging(context);
    requireTrainable();
    const state = saved instanceof Uint8Array ? runStateFromBytes(saved) : readRunState(saved);
    return run(toPhaseOptions(state.config), (listener) => ports.worker.resumeRun(state, listener));
  }

  /**
   * Goes on with the run of the last visit.
   * @param options to show with it; default: its own
   */
  async function resumeOffer(options?: PhaseOptions): Promise<void> {
    const { offer } = store.getState().kept;
    if (offer === null) throw new ThawError('not-trained', 'There is no run of your last visit any more.');
    requireTrainable();
    await run(options ?? offer.options, (listener) => ports.worker.resumeRun(offer.file, listener));
  }

  /** @returns the run as it stood at the end of its last epoch, as a file. */
  async function saveRun(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = runStateToBytes(await ports.worker.runState());
    store.setState(({ results }) => ({ results: { ...results, unsaved: false } }));
    return bytes;
  }

  function requireTrainable(): void {
    const before = store.getState();
    refuseWhileTraining(before, 'A second run cannot start');
    if (before.backbone.report === null) {
      throw new ThawError('no-backbone', 'There is no backbone yet. Press Load backbone first.');
    }
    if (before.data.report === null) {
      throw new ThawError(
        'no-data',
        'There are no pictures yet. Press Use sample images or Add images first.',
      );
    }
  }

  /**
   * @param options of the run, for the page
   * @param start asks the worker for the run
   */
  async function run(
    options: PhaseOptions,
    start: (listener: (event: TrainingEvent) => void) => Promise<RunRecord>,
  ): Promise<RunRecord> {
    const before = store.getState();
    for (const panel of ['phases', 'training', 'results'] as const) clearMessages(store, panel);
    store.setState({
      options,
      training: { ...IDLE_TRAINING, status: 'starting', epochs: options.epochs },
    });
    loadPacker().catch(() => undefined);
    const events = coalesceEvents(deliver, ports.requestFrame);
    try {
      const record = await start((event) => {
        events.push(event);
        announce(event);
      });
      events.flush();
      return record;
    } catch (error) {
      events.flush();
      endWithFailure(error, before);
      throw error;
    } finally {
      // The run's options are the present ones now, or it began before they were planned for.
      if (before.plan.status !== 'planned' || !isSameOptions(before.options, store.getState().options)) {
        void plan.refresh('measured');
      }
      // What was refused because of the run is not any more.
      store.setState(({ messages }) => ({
        messages: messages.filter(({ code }) => code !== 'busy-training'),
      }));
    }
  }

  function deliver(events: readonly TrainingEvent[]): void {
    const { training: before, data, results } = store.getState();
    const training = reduceTrainingEvents(before, events);
    store.setState({ training, ...(training.layers.length > 0 ? { layers: training.layers } : {}) });
    lastStep.hear(events);
    for (const event of events) {
      if (event.type === 'warning') warn(event.warning);
      if (event.type === 'restarted') void refreshMachine();
      if (event.type === 'failed') {
        const { code, message } = event.failure;
        say(store, { panel: 'training', kind: 'failure', code, text: message });
      }
      if (event.type === 'started') {
        dropModel(store, null);
        withdrawUndo(store);
      }
      if (event.type !== 'finished') continue;
      releasePictures(results.pictures, [data.pictures]);
      store.setState({
        results: { pictures: data.pictures, tried: null, replacedBy: null, unsaved: true, busy: null },
      });
    }
  }

  /** A run whose device was lost may go on with another backend. */
  async function refreshMachine(): Promise<void> {
    // Only a line on the page: should the worker break now, the run itself tells.
    const report = await ports.worker.machine().catch(() => null);
    if (report !== null) store.setState({ machine: { status: 'ready', report } });
  }

  function warn({
    code,
    message,
  }: {
    code: (typeof IDLE_TRAINING.warnings)[number]['code'];
    message: string;
  }) {
    const { plan: planned } = store.getState();
    // What the plan already says in the Phases panel is not said again.
    const said = planned.status === 'planned' && planned.report.warnings.some((w) => w.message === message);
    if (!said) say(store, { panel: 'training', kind: 'warning', code, text: message });
  }

  /** A run that was refused before its first step leaves options and results as they were. */
  function endWithFailure(error: unknown, before: Pick<ThawState, 'training' | 'options'>): void {
    const { training } = store.getState();
    if (training.status === 'starting') {
      store.setState({ training: before.training, options: before.options });
    } else if (isTraining(training.status)) {
      store.setState({ training: { ...training, status: 'failed', failure: toFailure(error) } });
    }
  }

  return {
    setPhaseOption,
    train,
    resumeRun,
    resumeOffer,
    saveRun,
    /** Trains with what the controls say. */
    startTraining: () => train(toTrainConfig(store.getState().options)),
    pause: () => ports.worker.pause(),
    resume: () => ports.worker.resume(),
    stop: () => ports.worker.stop(),
  };
}

export type TrainingActions = ReturnType<typeof createTrainingActions>;
