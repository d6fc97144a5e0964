import { toFailure } from '../../core/errors';
import type { TrainingEvent } from '../../core/run/events';
import type { KeptRun } from '../../storage/kept-project';
import type { Keeper } from '../../storage/open-keeper';
import { type ActionContext, say } from '../action-context';
import { isSameOptions, type PhaseOptions, toPhaseOptions } from '../phase-options';
import type { ThawState } from '../state';
import { keptBackboneOf, keptPicturesOf } from './project-parts';

type Part = 'everything' | 'backbone' | 'pictures' | 'class names' | 'options' | 'run' | 'lost run';

/** What a run rests on is kept before the run. */
const ORDER: readonly Part[] = [
  'everything',
  'lost run',
  'backbone',
  'pictures',
  'class names',
  'options',
  'run',
];
/** What changes at once is written at once. */
const QUIET_MS = 100;
/** A run's file may have many megabytes, and its epochs may be short. */
const BETWEEN_RUNS_MS = 2000;

const WORDS: Record<Part, string> = {
  everything: 'your changes',
  'lost run': 'your changes',
  backbone: 'the backbone',
  pictures: 'the pictures',
  'class names': 'the names of the classes',
  options: 'the options',
  run: 'the run',
};

const NOT_KEPT =
  'This model is too large to be kept on this machine, and its run with it. Press Save run once an epoch has ended, and choose its files again after loading the page again.';

/**
 * Keeps what is on the page whenever it has changed. One write at a time, of what is there when its turn comes. A
 * failure is told once, and stops nothing.
 * @param options that are kept already
 */
export function createProjectWriter(
  { store, ports }: Pick<ActionContext, 'store' | 'ports'>,
  keeper: Keeper,
  options: PhaseOptions,
) {
  const due = new Set<Part>();
  const failed = new Set<Part>();
  const known = { ...partsOf(store.getState()), options };
  let end: KeptRun['end'] = null;
  let nextRunMs = 0;
  let timer: { readonly id: ReturnType<typeof setTimeout>; readonly atMs: number } | undefined;
  let writing: Promise<void> | null = null;
  let isForgotten = false;
  let isOver = false;

  const unsubscribe = store.subscribe(look);
  look(store.getState());

  function look(state: ThawState): void {
    // While pictures are read they may still turn out to be unreadable.
    if (state.data.progress !== null) return;
    const now = partsOf(state);
    if (now.origin === 'none' && known.origin !== 'none') {
      isForgotten = true;
      Object.assign(known, now);
      due.clear();
      ask('everything');
      return;
    }
    if (isForgotten && now.origin !== 'none') {
      isForgotten = false;
      for (const part of ['backbone', 'options'] as const) ask(part);
    }
    // Whoever removed all the pictures wants nothing kept until there are others.
    if (isForgotten) return;
    const otherBackbone = now.source !== known.source;
    const otherPictures = now.set?.pictures !== known.set?.pictures || now.origin !== known.origin;
    // A run that still waits is one of what was there before.
    if (otherBackbone || otherPictures) due.delete('run');
    if (otherBackbone) ask('backbone');
    if (otherPictures) ask('pictures');
    else if (now.set !== known.set) ask('class names');
    if (!isSameOptions(now.options, known.options)) ask('options');
    Object.assign(known, now);
  }

  function hear(event: TrainingEvent): void {
    switch (event.type) {
      case 'started':
        end = null;
        return;
      case 'epochEnded':
        ask('run');
        return;
      case 'finished':
      case 'failed':
        end = event.type === 'failed' ? 'failed' : event.record.outcome;
        nextRunMs = 0;
        // Nothing is to be lost by whoever leaves the page right after.
        ask('run', 0);
        return;
      default:
    }
  }

  function ask(part: Part, waitMs = QUIET_MS): void {
    if (isOver) return;
    due.add(part);
    writeIn(waitMs);
  }

  /** A wait that goes on is never made longer: epochs may end quicker than that. */
  function writeIn(waitMs: number): void {
    const atMs = performance.now() + waitMs;
    if (timer !== undefined && timer.atMs <= atMs) return;
    clearTimeout(timer?.id);
    const id = setTimeout(() => {
      timer = undefined;
      void write();
    }, waitMs);
    timer = { id, atMs };
  }

  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  }

  async function writeAll(): Promise<void> {
    for (let part = nextPart(); part !== undefined; part = nextPart()) {
      due.delete(part);
      try {
        await keep(part);
        failed.delete(part);
      } catch (error) {
        tell(part, error);
      }
    }
    if (due.has('run') && canKeepRun()) {
      writeIn(Math.max(0, nextRunMs - performance.now()));
    }
  }

  function nextPart(): Part | undefined {
    const runIsDue = canKeepRun() && performance.now() >= nextRunMs;
    return isOver ? undefined : ORDER.find((part) => due.has(part) && (part !== 'run' || runIsDue));
  }

  /** Without its pictures and its backbone a run is of no use. */
  function canKeepRun(): boolean {
    const { origin } = store.getState().data;
    return (origin === 'sample' || origin === 'files') && !failed.has('pictures') && !failed.has('backbone');
  }

  async function keep(part: Part): Promise<void> {
    const state = store.getState();
    switch (part) {
      case 'everything':
        return keeper.forget();
      case 'lost run':
        return keeper.forgetRun();
      case 'backbone': {
        const kept = keptBackboneOf(state.backbone);
        const isLeftOut = kept === null && state.backbone.source !== null;
        if (isLeftOut) say(store, { panel: 'backbone', kind: 'note', code: null, text: NOT_KEPT });
        return keeper.keepBackbone(kept);
      }
      case 'options':
        return keeper.keepOptions(state.options);
      case 'pictures': {
        const { pictures, contents } = keptPicturesOf(state.data);
        if (contents.size > 0) ports.keeping.persist();
        return keeper.keepPictures(pictures, contents);
      }
      case 'class names': {
        const { pictures } = keptPicturesOf(state.data);
        // Pictures that are not kept have no use for names.
        if (pictures !== null && !failed.has('pictures')) await keeper.keepClassNames(pictures);
        return;
      }
      case 'run':
        return keepRun();
    }
  }

  async function keepRun(): Promise<void> {
    if (keptBackboneOf(store.getState().backbone) === null) return;
    const endThen = end;
    const run = await ports.worker.runFile().catch(unlessNotTrained);
    if (run === null || !(run.content instanceof Blob)) return;
    const { config, epochsDone, content } = run;
    const options = toPhaseOptions(config);
    await keeper.keepRun({ options, epochs: config.epochs, epochsDone, end: endThen, file: content });
    nextRunMs = performance.now() + BETWEEN_RUNS_MS;
    if (endThen === 'completed' && end === endThen) {
      store.setState(({ results }) => ({ results: { ...results, unsaved: false } }));
    }
  }

  function tell(part: Part, error: unknown): void {
    if (failed.has(part)) return;
    failed.add(part);
    const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
    const why = isFull ? 'There is no room on this machine to keep' : 'The browser could not keep';
    const text = `${why} ${WORDS[part]}. Everything goes on, but loading this page again will not bring back more than was kept before; press Save run once an epoch has ended.`;
    say(store, { panel: 'machine', kind: 'warning', code: null, text });
  }

  return {
    hear,
    /** It turned out to be damaged. */
    forgetRun: () => ask('lost run'),
    /** Forgets all, and keeps nothing any more. */
    async endAndForget(): Promise<void> {
      isOver = true;
      unsubscribe();
      clearTimeout(timer?.id);
      await writing;
      await keeper.forget();
    },
  };
}

export type ProjectWriter = ReturnType<typeof createProjectWriter>;

/** Pictures or backbone have been changed since, or no epoch has ended. */
function unlessNotTrained(error: unknown): null {
  if (toFailure(error).code === 'not-trained') return null;
  throw error;
}

function partsOf({ backbone, data, options }: ThawState) {
  return { source: backbone.source, set: data.pictures?.set ?? null, origin: data.origin, options };
}
