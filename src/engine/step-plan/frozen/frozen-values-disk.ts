/** Records of one length, appended and read by number. Nothing here throws: a disk that fails only makes it slower. */
export interface FrozenValuesDisk {
  /** @returns the record's number; null: there is no room */
  append(record: Uint8Array): number | null;
  /** @returns whether the whole record was read */
  read(index: number, into: Uint8Array): boolean;
  close(): void;
}

/** The part of FileSystemSyncAccessHandle that is used; the DOM types have it for workers only. */
export interface SyncFile {
  read(into: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  close(): void;
}

const FOLDER = 'frozen-values';

/** Records in a file. @param onClose called once, after the file was closed */
export function recordsIn(file: SyncFile, recordBytes: number, onClose: () => void): FrozenValuesDisk {
  let count = 0;
  let isFull = false;
  return {
    append(record) {
      if (isFull) return null;
      try {
        if (file.write(record, { at: count * recordBytes }) === recordBytes) return count++;
      } catch {
        // The quota is used up.
      }
      isFull = true;
      return null;
    },
    read(index, into) {
      try {
        return file.read(into, { at: index * recordBytes }) === recordBytes;
      } catch {
        return false;
      }
    },
    close() {
      file.close();
      onClose();
    },
  };
}

/**
 * A file of this worker's own in the origin's private file system, gone when it is closed.
 * @returns null where the browser has none, or gives no room
 */
export async function openFrozenValuesFile(recordBytes: number): Promise<FrozenValuesDisk | null> {
  if (typeof navigator === 'undefined' || navigator.storage?.getDirectory === undefined) return null;
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    await removeLeftovers(folder);
    const name = crypto.randomUUID();
    const handle = await folder.getFileHandle(name, { create: true });
    if (!('createSyncAccessHandle' in handle)) return null;
    const open = handle.createSyncAccessHandle as () => Promise<SyncFile>;
    return recordsIn(await open.call(handle), recordBytes, () => {
      folder.removeEntry(name).catch(() => undefined);
    });
  } catch {
    return null;
  }
}

/** What a page that was closed while it trained has left; the file of another open page is locked and stays. */
async function removeLeftovers(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) await folder.removeEntry(name).catch(() => undefined);
}
