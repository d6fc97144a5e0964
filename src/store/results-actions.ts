import type { PickedFile } from '../core/api';
import { ThawError } from '../core/errors';
import { decodeOnePicture } from '../data/decoder';
import { type ActionContext, clearMessages } from './action-context';
import type { ResultsState } from './state';

/** A network that is new in the worker has neither the weights of the run nor its answer to a picture. */
export function dropModel(store: ActionContext['store'], replacedBy: ResultsState['replacedBy']): void {
  const { results } = store.getState();
  if (results.tried !== null) URL.revokeObjectURL(results.tried.url);
  store.setState({ results: { ...results, tried: null, replacedBy, unsaved: false } });
  withdrawOffer(store);
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
    const { backbone, data, training } = store.getState();
    if (backbone.report === null || (data.report === null && training.validation === null)) {
      throw new ThawError('not-trained', 'There is no model to try yet. Train one first.');
    }
    const { pictureSize } = backbone.report;
    await whileBusy('trying', async () => {
      const picture = {
        id: 'tried',
        name: file.name,
        classIndex: 0,
        source: { kind: 'blob', blob: file },
      } as const;
      const pixels = await decodeOnePicture(ports.decoder, picture, { size: pictureSize });
      const [probabilities] = await ports.worker.classify(pixels);
      const previous = store.getState().results.tried;
      if (previous !== null) URL.revokeObjectURL(previous.url);
      const url = URL.createObjectURL(file);
      change({ tried: { name: file.name, url, probabilities: probabilities ?? [] } });
    });
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

  return { tryPicture, zipModel };
}
