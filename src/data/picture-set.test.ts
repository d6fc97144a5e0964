import { expect, test } from 'vitest';
import {
  addPictures,
  countByClass,
  EMPTY_PICTURE_SET,
  mergeClass,
  mergePictureSets,
  renameClass,
  withoutPictures,
} from './picture-set';

const picture = (className: string, id: string) => ({
  id,
  name: id,
  className,
  source: { kind: 'url', url: `http://localhost/${id}` } as const,
});
const pets = addPictures(EMPTY_PICTURE_SET, [
  picture('cat', 'c1'),
  picture('dog', 'd1'),
  picture('cat', 'c2'),
]);

test('pictures of one class name share a class', () => {
  expect(pets.classNames).toEqual(['cat', 'dog']);
  expect(pets.pictures.map(({ classIndex }) => classIndex)).toEqual([0, 1, 0]);
  expect(countByClass(pets)).toEqual([2, 1]);
});

test('merging keeps the first set’s classes and translates the second’s', () => {
  const more = addPictures(EMPTY_PICTURE_SET, [picture('dog', 'd2'), picture('bird', 'b1')]);
  const merged = mergePictureSets(pets, more);
  expect(merged.classNames).toEqual(['cat', 'dog', 'bird']);
  expect(merged.pictures.map(({ id, classIndex }) => `${id}:${classIndex}`)).toEqual([
    'c1:0',
    'd1:1',
    'c2:0',
    'd2:1',
    'b1:2',
  ]);
});

test('a picture that is there already is not added again', () => {
  expect(mergePictureSets(pets, pets)).toEqual(pets);
});

test('taking pictures away takes an emptied class with them', () => {
  const left = withoutPictures(pets, new Set(['c1', 'c2']));
  expect(left.classNames).toEqual(['dog']);
  expect(left.pictures.map(({ id, classIndex }) => `${id}:${classIndex}`)).toEqual(['d1:0']);
});

test('a class keeps its place and its pictures under another name', () => {
  const renamed = renameClass(pets, 'cat', 'kitten');
  expect(renamed.classNames).toEqual(['kitten', 'dog']);
  expect(renamed.pictures).toBe(pets.pictures);
  expect(addPictures(renamed, [picture('kitten', 'c3')]).pictures.at(-1)?.classIndex).toBe(0);
});

test('a class that is put into another leaves its place to those behind it', () => {
  const three = addPictures(pets, [picture('bird', 'b1')]);
  const placed = (set: typeof pets) => set.pictures.map(({ id, classIndex }) => `${id}:${classIndex}`);
  const forward = mergeClass(three, 'cat', 'dog');
  expect(forward.classNames).toEqual(['dog', 'bird']);
  expect(placed(forward)).toEqual(['c1:0', 'd1:0', 'c2:0', 'b1:1']);
  const back = mergeClass(three, 'bird', 'cat');
  expect(back.classNames).toEqual(['cat', 'dog']);
  expect(placed(back)).toEqual(['c1:0', 'd1:1', 'c2:0', 'b1:0']);
});
