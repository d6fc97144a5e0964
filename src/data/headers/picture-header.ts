import { readAvifHeader } from './avif-header';
import { readGifHeader } from './gif-header';
import { readJpegHeader } from './jpeg-header';
import type { PictureHeader } from './picture-format';

/**
 * Reads what a file really is and how large, whatever its name says, so that a picture of billions of
 * pixels is refused before a decoder reserves memory for it.
 * @param bytes the beginning of the file; 64 KiB nearly always suffice
 */
export function readPictureHeader(bytes: Uint8Array): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readByFormat(bytes, view);
  if (header.kind === 'picture' && (header.width === 0 || header.height === 0)) return { kind: 'damaged' };
  return header;
}

function readByFormat(bytes: Uint8Array, view: DataView): PictureHeader {
  if (startsWith(bytes, 0, '\x89PNG\r\n\x1a\n')) return readPngHeader(bytes, view);
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return readJpegHeader(view);
  if (startsWith(bytes, 0, 'GIF87a') || startsWith(bytes, 0, 'GIF89a')) return readGifHeader(view);
  if (startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP')) return readWebpHeader(bytes, view);
  if (startsWith(bytes, 4, 'ftyp')) return readAvifHeader(view);
  if (startsWith(bytes, 0, 'BM')) return readBmpHeader(view);
  if (startsWith(bytes, 0, 'II*\0') || startsWith(bytes, 0, 'MM\0*')) {
    return { kind: 'unsupported', format: 'TIFF' };
  }
  if (isSvg(bytes)) return { kind: 'unsupported', format: 'SVG' };
  return { kind: 'no-picture' };
}

/** PNG specification, 11.2.2: IHDR comes first. */
function readPngHeader(bytes: Uint8Array, view: DataView): PictureHeader {
  if (view.byteLength < 24) return { kind: 'incomplete' };
  if (!startsWith(bytes, 12, 'IHDR')) return { kind: 'damaged' };
  return { kind: 'picture', format: 'PNG', width: view.getUint32(16), height: view.getUint32(20) };
}

/** RFC 9649: a lossy, a lossless or an extended file, each with its size in another place. */
function readWebpHeader(bytes: Uint8Array, view: DataView): PictureHeader {
  if (view.byteLength < 30) return { kind: 'incomplete' };
  if (startsWith(bytes, 12, 'VP8 ')) {
    const width = view.getUint16(26, true) & 0x3fff;
    return { kind: 'picture', format: 'WebP', width, height: view.getUint16(28, true) & 0x3fff };
  }
  if (startsWith(bytes, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return {
      kind: 'picture',
      format: 'WebP',
      width: (bits & 0x3fff) + 1,
      height: ((bits >>> 14) & 0x3fff) + 1,
    };
  }
  if (startsWith(bytes, 12, 'VP8X')) {
    const width = (view.getUint32(24, true) & 0xffffff) + 1;
    return { kind: 'picture', format: 'WebP', width, height: (view.getUint32(26, true) >>> 8) + 1 };
  }
  return { kind: 'damaged' };
}

/** A 12-byte core header has 16-bit sizes; in the others a negative height means top row first. */
function readBmpHeader(view: DataView): PictureHeader {
  if (view.byteLength < 26) return { kind: 'incomplete' };
  const headerBytes = view.getUint32(14, true);
  if (headerBytes === 12) {
    const width = view.getUint16(18, true);
    return { kind: 'picture', format: 'BMP', width, height: view.getUint16(20, true) };
  }
  const known = [16, 40, 52, 56, 64, 108, 124].includes(headerBytes);
  const width = view.getInt32(18, true);
  // A text that happens to begin with "BM" is no picture.
  if (!known || width < 0) return { kind: 'no-picture' };
  return { kind: 'picture', format: 'BMP', width, height: Math.abs(view.getInt32(22, true)) };
}

function isSvg(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096)).trimStart();
  return text.startsWith('<') && /<svg[\s>]/i.test(text);
}

/** @param latin1 characters up to U+00FF, one a byte */
function startsWith(bytes: Uint8Array, offset: number, latin1: string): boolean {
  if (bytes.length < offset + latin1.length) return false;
  for (let i = 0; i < latin1.length; i += 1) if (bytes[offset + i] !== latin1.charCodeAt(i)) return false;
  return true;
}
