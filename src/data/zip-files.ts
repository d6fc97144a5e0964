import { BlobReader, type FileEntry, ZipReader } from '@zip.js/zip.js';
import { ThawError } from '../core/errors';

export interface ZippedFile {
  /** As in the archive: `cat/1.jpg`. */
  readonly path: string;
  readonly blob: Blob;
  readonly lastModifiedMs: number;
}

export interface ZipLimits {
  readonly files: number;
  /** Unpacked, of one file and of all, counted as the bytes come: what an archive says of itself may be a lie. */
  readonly fileBytes: number;
  readonly totalBytes: number;
}

const LIMITS: ZipLimits = { files: 20_000, fileBytes: 64 * 2 ** 20, totalBytes: 2 ** 30 };

/**
 * Unpacks those files of an archive that the filter lets through. Belongs in a worker.
 * @param name of the archive, for messages
 * @throws ThawError `archive-invalid` for what is no archive, is damaged or encrypted, or unpacks to too much
 */
export async function unpackZip(
  archive: Blob,
  name: string,
  isWanted: (path: string) => boolean,
  limits: ZipLimits = LIMITS,
): Promise<ZippedFile[]> {
  const files: ZippedFile[] = [];
  let totalBytes = 0;
  let entries = 0;
  const reader = new ZipReader(new BlobReader(archive), { useWebWorkers: false, checkCrc32: true });
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      entries += 1;
      if (entries > limits.files) throw tooMuch(name, `more than ${limits.files} files`);
      if (entry.directory || !isWanted(entry.filename)) continue;
      const left = Math.min(limits.fileBytes, limits.totalBytes - totalBytes);
      const blob = await unpackEntry(entry, left, name);
      totalBytes += blob.size;
      files.push({ path: entry.filename, blob, lastModifiedMs: entry.lastModDate.getTime() });
    }
  } catch (cause) {
    if (cause instanceof ThawError) throw cause;
    const message = `“${name}” is not a zip archive that can be read: it is damaged, encrypted or something else. Pack the folders again, or add them unpacked.`;
    throw new ThawError('archive-invalid', message, { cause });
  } finally {
    await reader.close().catch(() => {}); // nothing is left to be told
  }
  return files;
}

async function unpackEntry(entry: FileEntry, limitBytes: number, name: string): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let overflow: ThawError | null = null;
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(part) {
      bytes += part.byteLength;
      if (bytes > limitBytes) {
        overflow = tooMuch(name, `more than ${Math.round(limitBytes / 2 ** 20)} MiB in “${entry.filename}”`);
        throw overflow;
      }
      parts.push(part.slice());
    },
  });
  try {
    await entry.getData(sink);
  } catch (error) {
    throw overflow ?? error;
  }
  return new Blob(parts);
}

function tooMuch(name: string, what: string): ThawError {
  const message = `“${name}” unpacks to too much (${what}). Unpack it yourself and add the folders you need.`;
  return new ThawError('archive-invalid', message);
}
