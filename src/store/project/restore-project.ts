import { toFailure } from '../../core/errors';
import type { KeptPictures, KeptProject } from '../../storage/kept-project';
import type { Keeper } from '../../storage/open-keeper';
import { type ActionContext, attempt, say } from '../action-context';
import type { BackboneActions } from '../backbone-actions';
import { isSameOptions, type PhaseOptions, PROPOSED_OPTIONS } from '../phase-options';
import type { DataActions } from '../pictures/data-actions';
import type { RunOffer } from '../state';
import type { PlanRefresh } from '../training/plan-refresh';
import { readKeptOptions } from './kept-options';
import { backboneSourceOf, pictureSetOf } from './project-parts';

interface Restoring {
  readonly context: Pick<ActionContext, 'store' | 'ports'>;
  readonly backbone: Pick<BackboneActions, 'loadNow'>;
  readonly data: Pick<DataActions, 'showNow' | 'resendData'>;
  readonly plan: PlanRefresh;
  readonly ready: Promise<unknown>;
}

/**
 * Brings back what was on the page when it was left, and says so. The run is only offered.
 * @returns the options that are kept
 */
export async function restoreProject(keeper: Keeper, restoring: Restoring): Promise<PhaseOptions> {
  const { context, plan } = restoring;
  const { store } = context;
  const kept = await keeper.read();
  const dropped = [...kept.dropped];
  const options = kept.options === undefined ? PROPOSED_OPTIONS : readKeptOptions(kept.options);
  if (options === null) {
    dropped.push('the options');
    await keeper.keepOptions(PROPOSED_OPTIONS);
  }
  const offer = offerOf(kept);
  if (kept.run !== null && offer === null) {
    dropped.push('the run');
    await keeper.forgetRun();
  }
  // Options that were changed before these came back stay.
  if (options !== null && store.getState().options === PROPOSED_OPTIONS) store.setState({ options });
  const restored = [
    ...(await restorePictures(kept, restoring)),
    ...(await restoreBackbone(kept, restoring)),
    ...(options === null || isSameOptions(options, PROPOSED_OPTIONS) ? [] : ['the options']),
  ];
  // Said before thousands of pictures are decoded.
  if (dropped.length > 0)
    say(store, { panel: 'machine', kind: 'warning', code: null, text: damaged(dropped) });
  store.setState({ kept: { restored, offer: null } });
  if (kept.pictures !== null && store.getState().data.pictures !== null) {
    await attempt(store, 'data', restoring.data.resendData);
  }
  await plan.refresh();
  const { backbone, data } = store.getState();
  const canTrain = backbone.report !== null && data.report !== null;
  store.setState((state) => ({ kept: { ...state.kept, offer: canTrain ? offer : null } }));
  return options ?? PROPOSED_OPTIONS;
}

async function restorePictures(
  { pictures, contents }: KeptProject,
  { context: { store, ports }, data }: Restoring,
): Promise<readonly string[]> {
  if (pictures === null) return [];
  let words: readonly string[] = [];
  await attempt(store, 'data', async () => {
    const set = await pictureSetOf(pictures, contents, ports.loadSamples);
    data.showNow(pictures.origin, set);
    words = [describePictures(pictures.origin, set.pictures.length)];
  });
  return words;
}

async function restoreBackbone(
  { backbone: kept }: KeptProject,
  { context: { store }, backbone, ready }: Restoring,
): Promise<readonly string[]> {
  if (kept === null) return [];
  try {
    await ready;
    await backbone.loadNow(backboneSourceOf(kept));
    return [`the backbone ${store.getState().backbone.report?.name}`];
  } catch (error) {
    const { code, message } = toFailure(error);
    const text = `The backbone of your last visit could not be loaded again: ${message}`;
    say(store, { panel: 'backbone', kind: 'failure', code, text });
    return [];
  }
}

function offerOf({ run }: KeptProject): RunOffer | null {
  if (run === null) return null;
  const options = readKeptOptions(run.options);
  return options === null ? null : { ...run, options };
}

function describePictures(origin: KeptPictures['origin'], count: number): string {
  if (origin === 'sample') return 'the sample pictures';
  return count === 1 ? '1 picture' : `${count.toLocaleString('en')} pictures`;
}

function damaged(dropped: readonly string[]): string {
  const list = new Intl.ListFormat('en').format(dropped);
  return `Not all that was kept of your last visit could be read: ${list} had to be left out. Add or choose it again.`;
}
