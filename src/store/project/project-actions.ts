import { toFailure } from '../../core/errors';
import type { TrainingEvent } from '../../core/run/events';
import type { Keeper } from '../../storage/open-keeper';
import {
  type ActionContext,
  attempt,
  refuseWhileChanging,
  refuseWhileTraining,
  say,
} from '../action-context';
import type { BackboneActions } from '../backbone-actions';
import type { PhaseOptions } from '../phase-options';
import type { DataActions } from '../pictures/data-actions';
import { withdrawOffer } from '../results-actions';
import type { PlanRefresh } from '../training/plan-refresh';
import type { TrainingActions } from '../training/training-actions';
import { createProjectWriter, type ProjectWriter } from './project-writer';
import { restoreProject } from './restore-project';

interface ProjectContext {
  readonly context: ActionContext;
  readonly plan: PlanRefresh;
  readonly ready: Promise<unknown>;
  readonly backbone: BackboneActions;
  readonly data: DataActions;
  readonly training: TrainingActions;
}

/** The project that outlives the page: brought back when it is opened, then kept as it changes. */
export function createProjectActions(project: ProjectContext) {
  const { context, training } = project;
  const { store, ports } = context;
  let keeper: Keeper | null = null;
  let writer: ProjectWriter | null = null;

  async function open(): Promise<void> {
    const opening = await ports.keeping.open();
    if (opening.status !== 'open') {
      if (opening.status === 'elsewhere') note(ELSEWHERE);
      else onceOwnPictures(() => note(REFUSED));
      return;
    }
    if (opening.droppedOlder) note(OLDER);
    keeper = opening.keeper;
    const options = await restoreProject(keeper, project);
    writer = createProjectWriter(context, keeper, options);
  }

  /** The model of a run that had ended is brought back; any other is offered. */
  async function openLastRun(): Promise<void> {
    const { offer } = store.getState().kept;
    if (offer?.end !== 'completed') return;
    const { options } = store.getState();
    await attempt(store, 'training', () => resumeLastRun(options));
    const { kept, training: now } = store.getState();
    if (now.record === null) return;
    store.setState({ kept: { ...kept, restored: [...kept.restored, 'the trained model'] } });
  }

  /** @param options to show with it; default: its own */
  async function resumeLastRun(options?: PhaseOptions): Promise<void> {
    try {
      await training.resumeOffer(options);
    } catch (error) {
      // It will fit no better when the page is opened again.
      if (toFailure(error).code === 'run-state-invalid') {
        withdrawOffer(store);
        writer?.forgetRun();
      }
      throw error;
    }
  }

  /** Forgets everything that is kept, and opens the page as if for the first time, whatever goes on in it. */
  async function forgetAll(): Promise<void> {
    // What could not be brought back is not written to either.
    await (writer === null ? keeper?.forget() : writer.endAndForget());
    store.setState(({ results }) => ({ results: { ...results, unsaved: false } }));
    ports.keeping.reload();
  }

  function onceOwnPictures(tell: () => void): void {
    const stop = store.subscribe(({ data }) => {
      if (data.origin !== 'files') return;
      stop();
      tell();
    });
  }

  function tellNotRestored(error: unknown): void {
    // The browser's own exceptions are about its storage.
    if (error instanceof DOMException) {
      note(REFUSED);
      return;
    }
    const { code, message } = toFailure(error);
    say(store, { panel: 'machine', kind: 'failure', code, text: `${NOT_RESTORED} ${message}` });
  }

  function note(text: string): void {
    say(store, { panel: 'machine', kind: 'note', code: null, text });
  }

  return {
    hear: (event: TrainingEvent) => writer?.hear(event),
    /** Whatever is asked of the page waits until all is there again. */
    restore: () =>
      context
        .inTurn(async () => {
          await open();
          await openLastRun();
        })
        .catch(tellNotRestored),
    actions: {
      async resumeLastRun(): Promise<void> {
        refuseWhileChanging(context);
        await resumeLastRun();
      },
      forgetAll,
      async beginAnew(): Promise<void> {
        refuseWhileTraining(store.getState(), 'The page cannot begin anew');
        await forgetAll();
      },
      dismissRestored: () => store.setState(({ kept }) => ({ kept: { ...kept, restored: [] } })),
    },
  };
}

const ELSEWHERE =
  'Thaw is open in another tab, which keeps its pictures and its run on this machine. What is done in this tab is not kept when it is loaded again.';
const REFUSED =
  'This browser gives the page no storage: pictures and run are lost when the page is loaded again. Press Save run once an epoch has ended.';
const NOT_RESTORED =
  'Your last visit could not be brought back, and this one is not kept: press Save run once an epoch has ended.';
const OLDER =
  'What another version of Thaw had kept on this machine cannot be read by this one and was removed. Add your pictures again.';
