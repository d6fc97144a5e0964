import { expect, test } from 'vitest';
import { looseFiles, picturesFromFiles } from './picture-files';

function file(path: string, type = path.endsWith('.jpg') ? 'image/jpeg' : ''): File & PickedPath {
  const made = new File(['x'], path.split('/').at(-1)!, { type, lastModified: 1 });
  return Object.assign(made, { webkitRelativePath: path.includes('/') ? path : '' });
}
interface PickedPath {
  webkitRelativePath: string;
}

test('the class is the folder that directly holds the picture', () => {
  const { set, warnings } = picturesFromFiles([
    file('pets/dog/b.jpg'),
    file('pets/cat/a.jpg'),
    file('other/cat/a.jpg'),
  ]);
  expect(set.classNames).toEqual(['cat', 'dog']);
  expect(set.pictures.map(({ name, classIndex }) => `${name}:${classIndex}`)).toEqual([
    'a.jpg:0',
    'a.jpg:0',
    'b.jpg:1',
  ]);
  expect(warnings).toEqual([]);
});

test('the order in which a disk lists its files does not matter', () => {
  const files = ['b/1.jpg', 'a/2.jpg', 'a/1.jpg'].map((path) => file(path));
  const ids = (list: File[]) => picturesFromFiles(list).set.pictures.map(({ id }) => id);
  expect(ids(files)).toEqual(ids([...files].reverse()));
});

test('hidden files and other files are skipped, and the warning names them', () => {
  const { set, warnings } = picturesFromFiles([
    file('cat/a.jpg'),
    file('cat/.DS_Store'),
    file('cat/notes.txt', 'text/plain'),
    file('cat/.trash/old.jpg'),
    file('__MACOSX/cat/a.jpg'),
    file('cat/Thumbs.db'),
    file('cat/drawing.svg', 'image/svg+xml'),
  ]);
  expect(set.pictures.map(({ name }) => name)).toEqual(['a.jpg']);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({ code: 'picture-skipped' });
  expect(warnings[0]!.message).toContain('6 files are no pictures');
  expect(warnings[0]!.message).toContain('cat/notes.txt');
  expect(warnings[0]!.message).toContain('and 1 more');
});

test('nothing usable is an error that says what was found', () => {
  expect(() => picturesFromFiles([file('cat/notes.txt', 'text/plain')])).toThrow(
    expect.objectContaining({ code: 'no-pictures', message: expect.stringContaining('cat/notes.txt') }),
  );
  expect(() => picturesFromFiles([])).toThrow(expect.objectContaining({ code: 'no-pictures' }));
});

test('files without a folder take the class that was asked for', () => {
  const files = [file('a.jpg'), file('dog/b.jpg')];
  expect(looseFiles(files)).toEqual([files[0]]);
  const { set } = picturesFromFiles(files, { fallbackClassName: 'cat' });
  expect(set.classNames).toEqual(['cat', 'dog']);
  expect(() => picturesFromFiles(files)).toThrow(
    expect.objectContaining({ code: 'data-invalid', message: expect.stringContaining('a.jpg') }),
  );
});

test('a script may write the folder into the name', () => {
  const made = new File(['x'], 'cat/a.jpg', { type: 'image/jpeg' });
  const { set } = picturesFromFiles([Object.assign(made, { webkitRelativePath: '' })]);
  expect([set.classNames, set.pictures[0]!.name]).toEqual([['cat'], 'a.jpg']);
});

test('what only looks like a file is refused', () => {
  const bytes = async () => new ArrayBuffer(1);
  const fake = {
    name: 'a.jpg',
    size: 1,
    type: 'image/jpeg',
    webkitRelativePath: 'cat/a.jpg',
    arrayBuffer: bytes,
  };
  expect(() => picturesFromFiles([fake])).toThrow(expect.objectContaining({ code: 'data-invalid' }));
});
