import { ThawError } from '../core/errors';

/**
 * Reads what was dropped on the page, folders with all that is in them. Call it in the drop handler itself:
 * the browser empties the list as soon as the handler returns.
 * @returns files with their place in `webkitRelativePath`, as a folder picker gives them; no folder, no path
 * @throws ThawError `picture-unreadable` where the system does not let the browser read
 */
export function readDroppedFiles(items: DataTransferItemList): Promise<File[]> {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return filesOf(entries).catch((cause: unknown) => {
    const message =
      'What was dropped could not be read. Use the button instead, or copy it to another folder.';
    throw new ThawError('picture-unreadable', message, { cause });
  });
}

async function filesOf(entries: readonly FileSystemEntry[]): Promise<File[]> {
  const files: File[] = [];
  for (const entry of entries) {
    if (isDirectory(entry)) files.push(...(await filesOf(await readDirectory(entry))));
    else if (isFile(entry)) files.push(await readFile(entry));
  }
  return files;
}

/** `readEntries` gives a hundred at a time and an empty list at the end. */
async function readDirectory(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return entries;
    entries.push(...part);
  }
}

async function readFile(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  const path = entry.fullPath.replace(/^\//, '');
  if (path.includes('/')) Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
