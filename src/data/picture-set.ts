/** Where a picture's licence asks to be named. */
export interface Attribution {
  readonly licence: string;
  readonly author: string;
  /** Address of the original. */
  readonly source: string;
}

/** The bytes of a picture: at hand, or at an absolute address of this site. */
export type PictureSource =
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'url'; readonly url: string };

export interface Picture {
  /** Unique in its set, and the same whenever the same file is added. */
  readonly id: string;
  /** File name, for people. */
  readonly name: string;
  /** Index into the set's `classNames`. */
  readonly classIndex: number;
  readonly source: PictureSource;
  readonly attribution?: Attribution;
}

/** Pictures by class, not decoded: plain data that may lie in the store. */
export interface PictureSet {
  /** In the order in which they first came, which is that of the model's logits; none twice. */
  readonly classNames: readonly string[];
  readonly pictures: readonly Picture[];
}

export const EMPTY_PICTURE_SET: PictureSet = { classNames: [], pictures: [] };

/** A picture that names its class. */
export type ClassedPicture = Omit<Picture, 'classIndex'> & { readonly className: string };

/**
 * @returns the set with the pictures added. A class of the same name is the same class; a picture that is there
 * already is not added twice, or it could be trained on and validated on.
 */
export function addPictures(set: PictureSet, added: readonly ClassedPicture[]): PictureSet {
  const classNames = [...set.classNames];
  const indexOf = new Map(classNames.map((name, index) => [name, index]));
  const present = new Set(set.pictures.map((picture) => picture.id));
  const pictures = [...set.pictures];
  for (const { className, ...picture } of added) {
    if (present.has(picture.id)) continue;
    present.add(picture.id);
    const classIndex = indexOf.get(className) ?? classNames.push(className) - 1;
    indexOf.set(className, classIndex);
    pictures.push({ ...picture, classIndex });
  }
  return { classNames, pictures };
}

/** @returns the first set with the second's pictures added, as `addPictures` does. */
export function mergePictureSets(set: PictureSet, added: PictureSet): PictureSet {
  return addPictures(
    set,
    added.pictures.map(({ classIndex, ...picture }) => ({
      ...picture,
      className: added.classNames[classIndex]!,
    })),
  );
}

/** @returns the set without the pictures of these ids, and without classes that are empty then. */
export function withoutPictures(set: PictureSet, ids: ReadonlySet<string>): PictureSet {
  const kept = set.pictures.filter((picture) => !ids.has(picture.id));
  const used = new Set(kept.map((picture) => picture.classIndex));
  const newIndex = new Map([...used].sort((a, b) => a - b).map((old, index) => [old, index]));
  return {
    classNames: set.classNames.filter((_, index) => used.has(index)),
    pictures: kept.map((picture) => ({ ...picture, classIndex: newIndex.get(picture.classIndex)! })),
  };
}

/**
 * @param to a name that no class has; the class keeps its place
 * @returns the set with the very same `pictures`: labels, split and logits stay what they are
 */
export function renameClass(set: PictureSet, from: string, to: string): PictureSet {
  return { ...set, classNames: set.classNames.map((name) => (name === from ? to : name)) };
}

/** @returns the set with one class's pictures in another, which keeps its place. The classes behind the one move up. */
export function mergeClass(set: PictureSet, from: string, into: string): PictureSet {
  const fromIndex = set.classNames.indexOf(from);
  const intoIndex = set.classNames.indexOf(into);
  const pictures = set.pictures.map((picture) =>
    picture.classIndex === fromIndex ? { ...picture, classIndex: intoIndex } : picture,
  );
  return withoutPictures({ ...set, pictures }, new Set());
}

/** @returns how many pictures each class has, in the order of `classNames`. */
export function countByClass(set: PictureSet): number[] {
  const counts = set.classNames.map(() => 0);
  for (const { classIndex } of set.pictures) counts[classIndex]! += 1;
  return counts;
}
