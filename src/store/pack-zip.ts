import { BlobWriter, configure, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';

/** @returns a zip of the files, stored as they are: weights hardly get smaller. */
export async function packZip(
  files: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[],
): Promise<Blob> {
  // Its own workers are started from blob addresses, which the content-security policy refuses.
  configure({ useWebWorkers: false });
  const writer = new ZipWriter(new BlobWriter('application/zip'), { level: 0 });
  for (const { name, bytes } of files) await writer.add(name, new Uint8ArrayReader(bytes));
  return writer.close();
}
