import type { PickedFile } from '../core/api';
import { ThawError } from '../core/errors';
import type { BackboneReport } from '../core/worker-contract';
import { decodeOnePicture } from '../data/input/decoder';
import { type ActionContext, clearMessages } from './action-context';
import type { ResultsState, Tried } from './state';

/** A network that is new in the worker has neither the weights of the run nor its answer to a picture. */
export function dropModel(store: ActionContext['store'], replacedBy: ResultsState['replacedBy']): void {
  const { results } = store.getState();
  releaseTried(results.tried);
  store.setState({ results: { ...results, tried: null, replacedBy, unsaved: false } });
  withdrawOffer(store);
}

function releaseTried(tried: Tried | null): void {
  if (tried?.kind === 'picture') URL.revokeObjectURL(tried.url);
}

/** A run of the last visit rests on the pictures and the backbone that were brought back with it. */
export function withdrawOffer(store: ActionContext['store']): void {
  const { kept } = store.getState();
  if (kept.offer !== null) store.setState({ kept: { ...kept, offer: null } });
}

/** Called before it is needed: by the end of a run the page's server may have gone. */
export function loadPacker() {
  return import('./pack-zip');
}

export function createResultsActions({ store, ports }: ActionContext) {
  /** Asks the model what is on a picture of one's own. */
  async function tryPicture(file: PickedFile & Blob): Promise<void> {
    clearMessages(store, 'results');
    await whileBusy('trying', async () => {
      const probabilities = await askModel(file, file.name);
      show({ kind: 'picture', name: file.name, url: URL.createObjectURL(file), probabilities });
    });
  }

  /** From here on frames are asked about, until the webcam is stopped or the model is gone. */
  function tryWebcam(): void {
    clearMessages(store, 'results');
    requireModel();
    show({ kind: 'webcam', probabilities: null });
  }

  /** Asks the model what is on a frame, as it is asked about a picture. */
  async function tryFrame(frame: Blob): Promise<void> {
    const probabilities = await askModel(frame, 'The webcam’s picture');
    // The webcam may have been stopped, or the model replaced, while it was looked at.
    if (store.getState().results.tried?.kind === 'webcam') show({ kind: 'webcam', probabilities });
  }

  function stopWebcam(): void {
    if (store.getState().results.tried?.kind === 'webcam') show(null);
  }

  /** @returns the probability of each class */
  async function askModel(blob: Blob, name: string): Promise<readonly number[]> {
    const { pictureSize } = requireModel();
    const picture = { id: 'tried', name, classIndex: 0, source: { kind: 'blob', blob } } as const;
    const pixels = await decodeOnePicture(ports.decoder, picture, { size: pictureSize });
    const [probabilities] = await ports.worker.classify(pixels);
    return probabilities ?? [];
  }

  function requireModel(): BackboneReport {
    const { backbone, data, training } = store.getState();
    if (backbone.report === null || (data.report === null && training.validation === null)) {
      throw new ThawError('not-trained', 'There is no model to try yet. Train one first.');
    }
    return backbone.report;
  }

  function show(tried: Tried | null): void {
    releaseTried(store.getState().results.tried);
    change({ tried });
  }

  /** @returns the trained model as one zip, and a name for it. */
  async function zipModel(): Promise<{ name: string; content: Blob }> {
    clearMessages(store, 'results');
    return whileBusy('exporting', async () => {
      const { files } = await ports.worker.exportModel('tfjs');
      const { packZip } = await loadPacker().catch((cause: unknown) => {
        const message = 'A part of the page could not be loaded. Check the connection, then download again.';
        throw new ThawError('internal', message, { cause });
      });
      const name = store.getState().backbone.report?.name ?? 'model';
      const content = await packZip(files);
      change({ unsaved: false });
      return { name: `thaw-${name}.zip`, content };
    });
  }

  async function whileBusy<T>(busy: ResultsState['busy'], work: () => Promise<T>): Promise<T> {
    change({ busy });
    try {
      return await work();
    } finally {
      change({ busy: null });
    }
  }

  function change(part: Partial<ResultsState>): void {
    store.setState(({ results }) => ({ results: { ...results, ...part } }));
  }

  return { tryPicture, tryWebcam, tryFrame, stopWebcam, zipModel };
}
