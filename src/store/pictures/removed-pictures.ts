import type { PictureSet } from '../../data/picture-set';
import type { ActionContext } from '../action-context';
import type { DataState, UndoOffer } from '../state';

/** @returns what can be undone once `set` takes the place of the present pictures; null: it takes nothing away */
export function removalOf(
  { pictures, origin }: DataState,
  newOrigin: UndoOffer['origin'],
  set: PictureSet,
): UndoOffer | null {
  if (pictures === null || (origin !== 'sample' && origin !== 'files')) return null;
  const left = new Set(set.pictures.map(({ id }) => id));
  const removed = pictures.set.pictures.filter(({ id }) => !left.has(id));
  const [first] = removed;
  if (first === undefined) return null;
  if (origin !== newOrigin) {
    return { kind: 'replaced', text: describeReplaced(removed.length, origin), origin, pictures };
  }
  const isOneClass = removed.every(({ classIndex }) => classIndex === first.classIndex);
  const what = removed.length === 1 ? first.name : countPictures(removed.length);
  const text = isOneClass
    ? `Removed ${what} of ${pictures.set.classNames[first.classIndex]}.`
    : `Removed ${left.size === 0 ? 'all ' : ''}${what}.`;
  return { kind: 'removed', text, origin, pictures };
}

/** @returns as `removalOf`, of one class's pictures that were put into another */
export function mergeOf(from: string, into: string): typeof removalOf {
  return ({ pictures, origin }) => {
    if (pictures === null || (origin !== 'sample' && origin !== 'files')) return null;
    const fromIndex = pictures.set.classNames.indexOf(from);
    const count = pictures.set.pictures.filter(({ classIndex }) => classIndex === fromIndex).length;
    const text = `Moved ${countPictures(count)} of ${from} to ${into}, which was there already.`;
    return { kind: 'merged', text, origin, pictures };
  };
}

export function withdrawUndo(store: ActionContext['store']): void {
  const { data } = store.getState();
  if (data.undo !== null) store.setState({ data: { ...data, undo: null } });
}

function describeReplaced(count: number, origin: UndoOffer['origin']): string {
  return origin === 'sample'
    ? `Removed the ${countPictures(count, 'sample ')}, to make way for yours.`
    : `Removed your ${countPictures(count)}, to make way for the sample pictures.`;
}

function countPictures(count: number, which = ''): string {
  return count === 1 ? `1 ${which}picture` : `${count.toLocaleString('en')} ${which}pictures`;
}
