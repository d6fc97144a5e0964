import { expect, test } from 'vitest';
import {
  addPictures,
  countByClass,
  EMPTY_PICTURE_SET,
  mergePictureSets,
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
