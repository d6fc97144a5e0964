import type { DataSource } from '../../core/api';
import type { Warning } from '../../core/options/train-config';
import type { WorkerData } from '../../core/worker-contract';
import type { PictureSet } from '../../data/picture-set';
import { splitPictures } from '../../data/split';
import { makeTrainingData } from '../../data/training-data';
import { type ActionContext, say } from '../action-context';
import { proposalFor } from '../backbone-actions';
import { PROPOSED_OPTIONS } from '../phase-options';
import { dropModel, withdrawOffer } from '../results-actions';
import type { DataState, ThawState, UndoOffer } from '../state';
import { type PictureParts, releasePictures, showPictures } from './gallery-pictures';

export type TensorSource = Extract<DataSource, { kind: 'tensors' }>;
export type PictureOrigin = 'sample' | 'files';

/** Fixed, so that the same pictures are always split in the same way. */
const SPLIT_SEED = 0;
const FALLBACK_SIZE = 96;

/** Puts pictures into the gallery and, decoded and split, before the training worker. */
export function createPictureSender(
  { store, ports }: Pick<ActionContext, 'store' | 'ports'>,
  ready: Promise<unknown>,
) {
  let cancelling: AbortController | null = null;
  /** Lets go of the pictures that the training worker has. */
  let releaseSent = () => {};
  let proposedBatchSize = PROPOSED_OPTIONS.batchSize;

  /** Shows pictures as they will be split, should all of them turn out to be readable. */
  function show(origin: PictureOrigin, set: PictureSet, undo: UndoOffer | null): PictureParts {
    const parts = proposedParts(set);
    keepPictures(origin, set, parts, undo);
    return parts;
  }

  /** Shows pictures of the last visit. */
  function showAgain(origin: PictureOrigin, set: PictureSet): void {
    const { train } = show(origin, set, null);
    // What was proposed for them then is still a proposal.
    proposedBatchSize = Math.min(PROPOSED_OPTIONS.batchSize, train.length);
  }

  /** Decodes for the backbone, leaves out what cannot be read, and hands the rest to the worker. */
  async function sendPictures(origin: PictureOrigin, set: PictureSet): Promise<void> {
    setProgress({ label: 'Decoding pictures', done: 0, total: set.pictures.length });
    await ready;
    cancelling = new AbortController();
    const made = await makeTrainingData(set, ports.decoder, {
      size: likelySize(store.getState()),
      seed: SPLIT_SEED,
      signal: cancelling.signal,
      onProgress: (done, total) => setProgress({ label: 'Decoding pictures', done, total }),
    });
    const parts = { train: made.trainPictures, validation: made.validationPictures };
    keepPictures(origin, made.set, parts, store.getState().data.undo);
    warn(made.warnings);
    await send(made.data, made.release);
  }

  async function sendTensors({ kind: _kind, validation, ...train }: TensorSource): Promise<void> {
    setProgress({ label: 'Reading tensors', done: 0, total: null });
    try {
      await send({ kind: 'tensors', train, validation: validation ?? null }, () => {});
    } finally {
      setProgress(null);
    }
  }

  /** @param release lets go of what belongs to the data, once the worker has others or refuses these */
  async function send(data: WorkerData, release: () => void): Promise<void> {
    const report = await ports.worker.setData(data).catch((error: unknown) => {
      release();
      throw error;
    });
    releaseSent();
    releaseSent = release;
    withdrawOffer(store);
    // A backbone that was loaded just now has said so already.
    if (store.getState().results.replacedBy === null) dropModel(store, 'pictures');
    store.setState((state) => ({
      data: { ...state.data, report },
      layers: report.layers.length > 0 ? report.layers : state.layers,
    }));
    proposeBatchSize(report.trainCount);
  }

  /** A batch that was proposed, not chosen, has no more pictures than there are. */
  function proposeBatchSize(trainCount: number): void {
    const { options } = store.getState();
    if (options.batchSize !== proposedBatchSize) return;
    proposedBatchSize = Math.min(PROPOSED_OPTIONS.batchSize, trainCount);
    if (options.batchSize === proposedBatchSize) return;
    store.setState({ options: { ...options, batchSize: proposedBatchSize } });
  }

  /** Shows the pictures in the gallery. What the worker has is not theirs until it is sent. */
  function keepPictures(
    origin: PictureOrigin,
    set: PictureSet,
    parts: PictureParts,
    undo: UndoOffer | null,
  ): void {
    const { data, results } = store.getState();
    const empty = set.pictures.length === 0;
    // Pictures that come back share their addresses with the results that still show them.
    const before = data.pictures ?? data.undo?.pictures ?? null;
    const pictures = empty ? null : showPictures(set, parts, before);
    releasePictures(data.pictures, [pictures, results.pictures]);
    store.setState({
      data: { progress: data.progress, pictures, origin: empty ? 'none' : origin, report: null, undo },
    });
  }

  function setProgress(progress: DataState['progress']): void {
    store.setState(({ data }) => ({ data: { ...data, progress } }));
  }

  function warn(warnings: readonly Warning[]): void {
    for (const { code, message } of warnings) {
      say(store, { panel: 'data', kind: 'warning', code, text: message });
    }
  }

  return {
    show,
    showAgain,
    sendPictures,
    sendTensors,
    setProgress,
    warn,
    cancelDecoding: () => cancelling?.abort(),
  };
}

/** The split as it will be, should all pictures turn out to be readable. */
function proposedParts({ pictures }: PictureSet): PictureParts {
  const { train, validation } = splitPictures(pictures, SPLIT_SEED);
  const select = (indices: readonly number[]) => indices.map((index) => pictures[index]!);
  return { train: select(train), validation: select(validation) };
}

/** The size the pictures will be needed in, as far as it is known before a backbone is loaded. */
function likelySize({ backbone, catalogue, machine }: ThawState): number {
  if (backbone.report !== null) return backbone.report.pictureSize;
  if (backbone.draft.pictureSize !== null) return backbone.draft.pictureSize;
  const entry = catalogue[0];
  return entry === undefined ? FALLBACK_SIZE : proposalFor(entry, machine).pictureSize;
}
