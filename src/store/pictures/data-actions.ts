import type { DataSource, PickedFile } from '../../core/api';
import { ThawError } from '../../core/errors';
import { isArchive, picturesFromFiles } from '../../data/picture-files';
import {
  EMPTY_PICTURE_SET,
  mergeClass,
  mergePictureSets,
  type PictureSet,
  withoutPictures,
} from '../../data/picture-set';
import { type ActionContext, clearMessages, refuseWhileTraining } from '../action-context';
import type { PlanRefresh } from '../training/plan-refresh';
import { releasePictures } from './gallery-pictures';
import { createPictureSender, type PictureOrigin, type TensorSource } from './picture-sender';
import { mergeOf, removalOf } from './removed-pictures';
import { showRenamedClass } from './renamed-class';

const KINDS = 'Data is an object whose kind is sample, files or tensors.';

export function createDataActions(context: ActionContext, plan: PlanRefresh, ready: Promise<unknown>) {
  const { store, ports, inTurn } = context;
  const sender = createPictureSender(context, ready);
  let tensors: TensorSource | null = null;

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

  /** Brings back what was there before pictures were taken away. */
  async function undo(): Promise<void> {
    const { undo: pressed } = store.getState().data;
    if (pressed === null) return;
    await changeInTurn(async () => {
      const { undo: offer } = store.getState().data;
      // A change before it in the queue may have put another offer in its place; a new name keeps the pictures.
      if (offer?.pictures.set.pictures !== pressed.pictures.set.pictures) return;
      await changeNow(offer.origin, async () => offer.pictures.set);
    });
  }

  /**
   * The class keeps its place among the logits, and the model with it. The name of another class puts the pictures
   * into that one.
   * @throws ThawError `data-invalid` for a blank name, `busy-training`
   */
  async function renameClass(from: string, to: string): Promise<void> {
    const name = to.trim();
    if (name === from) return;
    if (name === '') {
      throw new ThawError('data-invalid', `A class needs a name. “${from}” keeps the one it has.`);
    }
    refuseWhileTraining(store.getState(), 'The classes cannot be renamed');
    await inTurn(async () => {
      const { pictures, origin } = store.getState().data;
      if (pictures === null || (origin !== 'sample' && origin !== 'files')) return;
      const { set } = pictures;
      if (!set.classNames.includes(from)) return;
      if (!set.classNames.includes(name)) return showRenamedClass(context, from, name);
      clearMessages(store, 'data');
      await changeNow(origin, async () => mergeClass(set, from, name), mergeOf(from, name));
    });
  }

  function changePictures(origin: PictureOrigin, load: () => Promise<PictureSet>): Promise<void> {
    return changeInTurn(() => changeNow(origin, load));
  }

  async function changeInTurn(change: () => Promise<void>): Promise<void> {
    refuseWhileTraining(store.getState(), 'The pictures cannot be changed');
    clearMessages(store, 'data');
    await inTurn(change);
  }

  /** @param undoOf what can be undone of the change */
  async function changeNow(
    origin: PictureOrigin,
    load: () => Promise<PictureSet>,
    undoOf = removalOf,
  ): Promise<void> {
    sender.setProgress({ label: 'Reading pictures', done: 0, total: null });
    try {
      const set = await load();
      await nextTask();
      refuseWhileTraining(store.getState(), 'The pictures cannot be changed');
      tensors = null;
      sender.show(origin, set, undoOf(store.getState().data, origin, set));
      if (set.pictures.length > 0) await sender.sendPictures(origin, set);
    } finally {
      sender.setProgress(null);
    }
    await plan.refresh();
  }

  async function readFiles(files: readonly PickedFile[], className?: string): Promise<PictureSet> {
    const unpacked = await Promise.all(files.map((file) => (isArchive(file) ? ports.unzip(file) : [file])));
    const { set, warnings } = picturesFromFiles(
      unpacked.flat(),
      className === undefined ? {} : { fallbackClassName: className },
    );
    sender.warn(warnings);
    return set;
  }

  async function setTensors(source: TensorSource): Promise<void> {
    await changeInTurn(async () => {
      await ready;
      await sender.sendTensors(source);
      tensors = source;
      const { data, results } = store.getState();
      releasePictures(data.pictures, [results.pictures]);
      store.setState({ data: { ...data, pictures: null, origin: 'tensors', undo: null } });
      await plan.refresh();
    });
  }

  /** Gives the worker the data again, at the size of the backbone that was just loaded. */
  async function resendData(): Promise<void> {
    if (tensors !== null) return sender.sendTensors(tensors);
    const { pictures, origin } = store.getState().data;
    if (pictures === null || (origin !== 'sample' && origin !== 'files')) return;
    try {
      await sender.sendPictures(origin, pictures.set);
    } finally {
      sender.setProgress(null);
    }
  }

  return {
    setData,
    addImages,
    removePictures,
    renameClass,
    undo,
    /** Shows pictures that `resendData` will send, without waiting for its turn. */
    showNow: sender.showAgain,
    resendData,
    cancelDecoding: sender.cancelDecoding,
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
