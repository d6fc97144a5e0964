import type { PickedFile } from '../core/api';
import { ThawError } from '../core/errors';
import type { Warning } from '../core/options/train-config';
import { addPictures, type ClassedPicture, EMPTY_PICTURE_SET, type PictureSet } from './picture-set';

export interface AddedPictures {
  readonly set: PictureSet;
  /** `picture-skipped`, naming the files. */
  readonly warnings: readonly Warning[];
}

const PICTURE_EXTENSION = /\.(png|apng|jpe?g|jfif|gif|webp|bmp|avif)$/i;
const PICTURE_TYPE = /^image\/(png|apng|jpeg|gif|webp|bmp|avif)$/;
/** What systems leave in folders without showing it. */
const SYSTEM_FILE = /^(thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r)$/i;
const ARCHIVE_TYPE = /^application\/(x-)?zip(-compressed)?$/;
const NAMES_IN_A_WARNING = 5;

/**
 * Sorts files into classes: a picture's class is the folder that directly holds it. Nothing is decoded here;
 * a file that only pretends to be a picture is told when it is decoded.
 * @param files as a picker, a drop or a script gives them; the folder is in `webkitRelativePath`
 * @param fallbackClassName class of files that lie in no folder
 * @throws ThawError `no-pictures`, or `data-invalid` for files without folder and fallback
 */
export function picturesFromFiles(
  files: readonly PickedFile[],
  { fallbackClassName }: { readonly fallbackClassName?: string } = {},
): AddedPictures {
  const [usable, skipped] = partition(files, isPicture);
  if (usable.length === 0) {
    const found = files.length === 0 ? 'there were no files' : nameSome(skipped);
    const message = `No pictures found (${found}). Choose PNG, JPEG, GIF, WebP, BMP or AVIF files, or a folder of them.`;
    throw new ThawError('no-pictures', message);
  }
  const loose = usable.filter((file) => folderOf(file) === null);
  if (loose.length > 0 && fallbackClassName === undefined) {
    const message = `Files without a folder have no class (${nameSome(loose)}). Put them into a folder named for their class, or say which class they are.`;
    throw new ThawError('data-invalid', message);
  }
  const pictures = usable
    // Read once: asking a file for its path takes long, and a sort asks often.
    .map((file) => ({ file, path: pathOf(file) }))
    // Pickers list in the order of the disk; sorted, the same folder gives the same split everywhere.
    .sort((a, b) => compareText(a.path, b.path))
    .map(({ file, path }) => classed(file, path, folderOf(file) ?? fallbackClassName!));
  return {
    set: addPictures(EMPTY_PICTURE_SET, pictures),
    warnings: skipped.length === 0 ? [] : [skippedWarning(skipped)],
  };
}

/** Files that could be pictures but lie in no folder: ask for their class before adding them. */
export function looseFiles<File extends PickedFile>(files: readonly File[]): File[] {
  return files.filter((file) => isPicture(file) && folderOf(file) === null);
}

function classed(file: PickedFile, path: string, className: string): ClassedPicture {
  if (!(file instanceof Blob)) {
    const message = `“${file.name}” is not a File of the browser. Give File objects, from a picker or made by new File(…).`;
    throw new ThawError('data-invalid', message);
  }
  const changed = 'lastModified' in file ? file.lastModified : 0;
  const id = JSON.stringify([className, path, file.size, changed]);
  return { id, name: path.split('/').at(-1)!, className, source: { kind: 'blob', blob: file } };
}

export function isArchive(file: PickedFile): file is File {
  return file instanceof File && (/\.zip$/i.test(file.name) || ARCHIVE_TYPE.test(file.type));
}

/** By its name alone: neither hidden nor anything but a picture. */
export function isPicturePath(path: string): boolean {
  return !isHidden(path) && PICTURE_EXTENSION.test(path);
}

function isPicture(file: PickedFile): boolean {
  const path = pathOf(file);
  return isPicturePath(path) || (!isHidden(path) && PICTURE_TYPE.test(file.type));
}

function isHidden(path: string): boolean {
  const parts = path.split('/');
  const isHiddenPart = (part: string) => part.startsWith('.') || part === '__MACOSX';
  return parts.some(isHiddenPart) || SYSTEM_FILE.test(parts.at(-1)!);
}

/** A script that makes its files may put the folder into the name. */
function pathOf(file: PickedFile): string {
  return file.webkitRelativePath || file.name;
}

function folderOf(file: PickedFile): string | null {
  return pathOf(file).split('/').at(-2) || null;
}

function skippedWarning(skipped: readonly PickedFile[]): Warning {
  const what = skipped.length === 1 ? '1 file is no picture' : `${skipped.length} files are no pictures`;
  const message = `${what} that can be read (PNG, JPEG, GIF, WebP, BMP, AVIF), and was skipped: ${nameSome(skipped)}.`;
  return {
    code: 'picture-skipped',
    message: skipped.length === 1 ? message : message.replace('was', 'were'),
  };
}

function nameSome(files: readonly PickedFile[]): string {
  const named = files.slice(0, NAMES_IN_A_WARNING).map(pathOf).join(', ');
  const more = files.length - NAMES_IN_A_WARNING;
  return more > 0 ? `${named} and ${more} more` : named;
}

function partition<Value>(values: readonly Value[], test: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}

/** By code unit: the same in every language of the browser. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
