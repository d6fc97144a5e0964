import type { DataSource, PickedFile } from '../core/api';
import { ThawError } from '../core/errors';
import type { Warning } from '../core/train-config';
import type { WorkerData } from '../core/worker-contract';
import { isArchive, picturesFromFiles } from '../data/picture-files';
import { EMPTY_PICTURE_SET, mergePictureSets, type PictureSet, withoutPictures } from '../data/picture-set';
import { splitPictures } from '../data/split';
import { makeTrainingData } from '../data/training-data';
import { type ActionContext, clearMessages, refuseWhileTraining, say } from './action-context';
import { proposalFor } from './backbone-actions';
import { type PictureParts, releasePictures, showPictures } from './gallery-pictures';
import { PROPOSED_OPTIONS } from './phase-options';
import type { PlanRefresh } from './plan-refresh';
import { dropModel, withdrawOffer } from './results-actions';
import type { DataState, ThawState } from './state';

type TensorSource = Extract<DataSource, { kind: 'tensors' }>;
type PictureOrigin = 'sample' | 'files';

/** Fixed, so that the same pictures are always split in the same way. */
const SPLIT_SEED = 0;
const FALLBACK_SIZE = 96;
const KINDS = 'Data is an object whose kind is sample, files or tensors.';

export function createDataActions(
  { store, ports, inTurn }: ActionContext,
  plan: PlanRefresh,
  ready: Promise<unknown>,
) {
  let cancelling: AbortController | null = null;
  let tensors: TensorSource | null = null;
  /** Lets go of the pictures that the training worker has. */
  let releaseSent = () => {};
  let proposedBatchSize = PROPOSED_OPTIONS.batchSize;

  async function setData(source: DataSource): Promise<void> {
    if (typeof source !== 'object' || source === null) throw new ThawError('data-invalid', KINDS);
    switch (source.kind) {
      case 'sample':
        return changePictures('sample', ports.loadSamples);
      case 'files':
        return changePictures('files', () => readFiles(source.files));
      case 'tensors':
        return setTensors(source);
      default:
        throw new ThawError('data-invalid', KINDS);
    }
  }

  /**
   * Adds to one's own pictures; the sample pictures make way for them.
   * @param className of files that lie in no folder
   */
  function addImages(files: readonly PickedFile[], className?: string): Promise<void> {
    return changePictures('files', async () => {
      const { data } = store.getState();
      const present =
        data.origin === 'files' && data.pictures !== null ? data.pictures.set : EMPTY_PICTURE_SET;
      return mergePictureSets(present, await readFiles(files, className));
    });
  }

  async function removePictures(ids: readonly string[]): Promise<void> {
    const { origin } = store.getState().data;
    if (origin !== 'sample' && origin !== 'files') return;
    // Of the pictures that are there when it is its turn: one press may follow another at once.
    await changePictures(origin, async () =>
      withoutPictures(store.getState().data.pictures?.set ?? EMPTY_PICTURE_SET, new Set(ids)),
    );
  }

  async function changePictures(origin: PictureOrigin, load: () => Promise<PictureSet>): Promise<void> {
    refuseWhileTraining(store.getState(), 'The pictures cannot be changed');
    clearMessages(store, 'data');
    await inTurn(async () => {
      setProgress({ label: 'Reading pictures', done: 0, total: null });
      try {
        const set = await load();
        await nextTask();
        tensors = null;
        keepPictures(origin, set, proposedParts(set));
        if (set.pictures.length > 0) await sendPictures(origin, set);
      } finally {
        setProgress(null);
      }
      await plan.refresh();
    });
  }

  async function readFiles(files: readonly PickedFile[], className?: string): Promise<PictureSet> {
    const unpacked = await Promise.all(files.map((file) => (isArchive(file) ? ports.unzip(file) : [file])));
    const { set, warnings } = picturesFromFiles(
      unpacked.flat(),
      className === undefined ? {} : { fallbackClassName: className },
    );
    warn(warnings);
    return set;
  }

  /** Decodes for the backbone, leaves out what cannot be read, and hands the rest to the worker. */
  async function sendPictures(origin: PictureOrigin, set: PictureSet): Promise<void> {
    await ready;
    cancelling = new AbortController();
    const made = await makeTrainingData(set, ports.decoder, {
      size: likelySize(store.getState()),
      seed: SPLIT_SEED,
      signal: cancelling.signal,
      onProgress: (done, total) => setProgress({ label: 'Decoding pictures', done, total }),
    });
    keepPictures(origin, made.set, { train: made.trainPictures, validation: made.validationPictures });
    warn(made.warnings);
    await send(made.data, made.release);
  }

  async function setTensors(source: TensorSource): Promise<void> {
    refuseWhileTraining(store.getState(), 'The pictures cannot be changed');
    clearMessages(store, 'data');
    await inTurn(async () => {
      await ready;
      await send(tensorData(source), () => {});
      tensors = source;
      const { data, results } = store.getState();
      releasePictures(data.pictures, [results.pictures]);
      store.setState({ data: { ...data, pictures: null, origin: 'tensors' } });
      await plan.refresh();
    });
  }

  /** Shows pictures that `resendData` will send, without waiting for its turn. */
  function showNow(origin: PictureOrigin, set: PictureSet): void {
    const parts = proposedParts(set);
    // What was proposed for them then is still a proposal.
    proposedBatchSize = Math.min(PROPOSED_OPTIONS.batchSize, parts.train.length);
    keepPictures(origin, set, parts);
  }

  /** Gives the worker the data again, at the size of the backbone that was just loaded. */
  async function resendData(): Promise<void> {
    if (tensors !== null) return send(tensorData(tensors), () => {});
    const { pictures, origin } = store.getState().data;
    if (pictures === null || (origin !== 'sample' && origin !== 'files')) return;
    try {
      await sendPictures(origin, pictures.set);
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
  function keepPictures(origin: PictureOrigin, set: PictureSet, parts: PictureParts): void {
    const { data, results } = store.getState();
    const empty = set.pictures.length === 0;
    const pictures = empty ? null : showPictures(set, parts, data.pictures);
    releasePictures(data.pictures, [pictures, results.pictures]);
    store.setState({
      data: { progress: data.progress, pictures, origin: empty ? 'none' : origin, report: null },
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
    setData,
    addImages,
    removePictures,
    showNow,
    resendData,
    cancelDecoding: () => cancelling?.abort(),
  };
}

export type DataActions = ReturnType<typeof createDataActions>;

/** With thousands of pictures, reading them and showing them in one task would keep the page from answering. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
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

function tensorData({ kind: _kind, validation, ...train }: TensorSource): WorkerData {
  return { kind: 'tensors', train, validation: validation ?? null };
}
