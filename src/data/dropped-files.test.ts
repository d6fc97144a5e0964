import { expect, test } from 'vitest';
import { readDroppedFiles } from './dropped-files';

const fileEntry = (fullPath: string) => ({
  isFile: true,
  isDirectory: false,
  fullPath,
  file: (resolve: (file: File) => void) => resolve(new File(['x'], fullPath.split('/').at(-1)!)),
});

/** Gives its children a hundred at a time, as browsers do. */
const folderEntry = (fullPath: string, children: readonly object[]) => ({
  isFile: false,
  isDirectory: true,
  fullPath,
  createReader() {
    let at = 0;
    return {
      readEntries(resolve: (entries: readonly object[]) => void) {
        at += 100;
        resolve(children.slice(at - 100, at));
      },
    };
  },
});

/** As much of the browser's list as is used; Node has none. */
function dropped(entries: readonly (object | null)[]): DataTransferItemList {
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  return items as unknown as DataTransferItemList;
}

test('folders are read to the bottom, every file with its path', async () => {
  const many = Array.from({ length: 250 }, (_, index) => fileEntry(`/pets/cat/${index}.jpg`));
  const pets = folderEntry('/pets', [folderEntry('/pets/cat', many), fileEntry('/pets/a.jpg')]);
  const files = await readDroppedFiles(dropped([pets, fileEntry('/loose.jpg'), null]));
  expect(files).toHaveLength(252);
  const paths = files.map((file) => file.webkitRelativePath);
  expect(paths[249]).toBe('pets/cat/249.jpg');
  expect(paths[250]).toBe('pets/a.jpg');
  expect(paths[251] ?? '').toBe('');
});

test('a folder that cannot be read is an error with a sentence', async () => {
  const locked = {
    ...folderEntry('/pets', []),
    createReader: () => ({
      readEntries: (_: unknown, reject: (error: Error) => void) => reject(new Error('denied')),
    }),
  };
  await expect(readDroppedFiles(dropped([locked]))).rejects.toMatchObject({ code: 'picture-unreadable' });
});
