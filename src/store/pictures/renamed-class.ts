import { renameClass } from '../../data/picture-set';
import { type ActionContext, clearMessages } from '../action-context';
import type { UndoOffer } from '../state';
import type { GalleryPictures } from './gallery-pictures';

/**
 * Gives a class a name that no other has. Nothing is decoded or sent again, and the model stays: its logits are what
 * they were. Results of these pictures go by the new name; those of other pictures keep the names they were made with.
 */
export async function showRenamedClass(
  { store, ports }: Pick<ActionContext, 'store' | 'ports'>,
  from: string,
  to: string,
): Promise<void> {
  const { data } = store.getState();
  if (data.pictures === null) return;
  const { classNames, pictures } = renameClass(data.pictures.set, from, to);
  // Without a report the worker does not have these pictures, and a sentence that says why stays.
  if (data.report !== null) {
    await ports.worker.renameClasses(classNames);
    clearMessages(store, 'data', 'failure');
  }
  const renamed = (shown: GalleryPictures | null) =>
    shown === null || shown.set.pictures !== pictures ? shown : { ...shown, set: { classNames, pictures } };
  store.setState((state) => ({
    data: {
      ...state.data,
      pictures: renamed(state.data.pictures),
      report: state.data.report && { ...state.data.report, classNames },
      undo: renamedUndo(state.data.undo, from, to),
    },
    results: { ...state.results, pictures: renamed(state.results.pictures) },
  }));
}

/** What was removed comes back beside the new name, unless it had that name itself. */
function renamedUndo(undo: UndoOffer | null, from: string, to: string): UndoOffer | null {
  if (undo === null || undo.kind === 'replaced') return undo;
  const { set } = undo.pictures;
  if (set.classNames.includes(to)) return null;
  return { ...undo, pictures: { ...undo.pictures, set: renameClass(set, from, to) } };
}
