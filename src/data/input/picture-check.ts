import { ThawError } from '../../core/errors';
import type { PictureFormat } from '../headers/picture-format';
import { readPictureHeader } from '../headers/picture-header';

/** Decoded as RGBA this is 256 MiB, which a tab can still take. */
const MAX_PIXELS = 64 * 1024 * 1024;
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const HEADER_BYTES = 64 * 1024;

export interface CheckedPicture {
  readonly format: PictureFormat;
  /** In pixels, before any EXIF rotation. */
  readonly width: number;
  readonly height: number;
}

/**
 * Looks at a file's header, before anything is decoded.
 * @param name for the message
 * @throws ThawError `picture-unreadable`, `picture-too-large`
 */
export async function checkPicture(blob: Blob, name: string): Promise<CheckedPicture> {
  if (blob.size > MAX_FILE_BYTES) {
    throw new ThawError(
      'picture-too-large',
      `“${name}” is a file of ${Math.round(blob.size / 2 ** 20)} MiB; the limit is ${MAX_FILE_BYTES / 2 ** 20} MiB. Save it smaller and add it again.`,
    );
  }
  const start = await readBytes(blob.slice(0, HEADER_BYTES), name);
  let header = readPictureHeader(start);
  if (header.kind === 'incomplete' && blob.size > HEADER_BYTES) {
    header = readPictureHeader(await readBytes(blob, name));
  }
  if (header.kind === 'unsupported') {
    throw new ThawError(
      'picture-unreadable',
      `“${name}” is in the format ${header.format}, which cannot be read here. Save it as JPEG or PNG and add it again.`,
    );
  }
  if (header.kind === 'no-picture') {
    throw new ThawError(
      'picture-unreadable',
      `“${name}” is not a picture, whatever its name says. PNG, JPEG, GIF, WebP, BMP and AVIF are read.`,
    );
  }
  if (header.kind !== 'picture') throw damaged(name);
  if (header.width * header.height > MAX_PIXELS) {
    throw new ThawError(
      'picture-too-large',
      `“${name}” has ${thousands(header.width)} × ${thousands(header.height)} pixels; the limit is 64 megapixels. Save it smaller and add it again.`,
    );
  }
  return header;
}

/** A file that begins like a picture and does not go on like one. */
export function damaged(name: string, cause?: unknown): ThawError {
  const message = `“${name}” is damaged or cut off and cannot be decoded. Get a fresh copy and add it again.`;
  return new ThawError('picture-unreadable', message, { cause });
}

async function readBytes(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    const message = `“${name}” can no longer be read: it was moved, changed or deleted. Add it again.`;
    throw new ThawError('picture-unreadable', message, { cause });
  }
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
