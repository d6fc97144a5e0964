import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ReadyReport } from '../core/api';
import { ThawError, toFailure } from '../core/errors';
import type { TrainingEvent } from '../core/run/events';
import { type ActionContext, attempt, createTurns, dismissMessage, say } from './action-context';
import { createBackboneActions } from './backbone-actions';
import { readForcedEngine } from './forced-backend';
import { createDataActions } from './pictures/data-actions';
import type { Ports } from './ports';
import { createProjectActions } from './project/project-actions';
import { createResultsActions } from './results-actions';
import { INITIAL_STATE, type PanelName, type ThawState } from './state';
import { followCost } from './training/cost-refresh';
import { createPlanRefresh } from './training/plan-refresh';
import { createTrainingActions } from './training/training-actions';

export type TrainingListener = (event: TrainingEvent) => void;

/**
 * State and actions of the page. Actions throw ThawErrors, for scripts; the page runs them through `attempt`,
 * which turns a failure into a sentence at its panel.
 * @param search of the page's address, for `?backend=` and the like
 */
export function createThaw(ports: Ports, search: string) {
  const store: StoreApi<ThawState> = createStore<ThawState>(() => INITIAL_STATE);
  const context: ActionContext = { store, ports, ...createTurns() };
  const listeners = new Set<TrainingListener>();
  const plan = createPlanRefresh(context);
  followCost(context);
  const ready = startMachine(context, search);
  // Said on the page already; a script that awaits `ready` still gets the rejection.
  ready.catch(() => undefined);
  const data = createDataActions(context, plan, ready);
  const backbone = createBackboneActions(context, plan, ready, data.resendData);
  const training = createTrainingActions(context, plan, (event) => {
    for (const listener of listeners) tell(listener, event);
  });
  const project = createProjectActions({ context, plan, ready, backbone, data, training });
  listeners.add(project.hear);
  let restoring: Promise<void> | null = project.restore().finally(() => {
    restoring = null;
  });

  return {
    store,
    ready,
    /** Waits until what was kept of the last visit is on the page. */
    whenRestored: <T>(work: () => Promise<T>): Promise<T> =>
      restoring === null ? work() : restoring.then(work),
    worker: ports.worker,
    actions: {
      ...backbone,
      ...data,
      ...training,
      ...createResultsActions(context),
      ...project.actions,
      dismissMessage: (id: number) => dismissMessage(store, id),
    },
    attempt: (panel: PanelName, action: () => unknown) => attempt(store, panel, action),
    /** Hears of every event at once, unlike the state, which follows once a frame. */
    listen(listener: TrainingListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export type Thaw = ReturnType<typeof createThaw>;

/** A script's listener that throws must not stop the run. */
function tell(listener: TrainingListener, event: TrainingEvent): void {
  try {
    listener(event);
  } catch (error) {
    reportError(error);
  }
}

async function startMachine({ store, ports }: ActionContext, search: string): Promise<ReadyReport> {
  const {
    backend: forced,
    executor,
    head,
  } = readForcedEngine(search, ({ code, message }) => {
    say(store, { panel: 'machine', kind: 'failure', code, text: message });
  });
  store.setState({ forcedBackend: forced });
  await attempt(store, 'machine', async () => store.setState({ catalogue: await ports.loadCatalogue() }));
  try {
    const report = await ports.worker.start(forced, executor, head);
    store.setState({ machine: { status: 'ready', report } });
    for (const { code, message } of report.warnings) {
      say(store, { panel: 'machine', kind: 'warning', code, text: message });
    }
    const { backend, adapter, version } = report;
    return { backend, adapter, version };
  } catch (error) {
    const failure = toFailure(error);
    store.setState({ machine: { status: 'failed', failure } });
    say(store, { panel: 'machine', kind: 'failure', code: failure.code, text: failure.message });
    throw new ThawError(failure.code, failure.message, { cause: error });
  }
}
