import type { PictureHeader } from './picture-format';

/**
 * The size of a GIF (GIF89a specification, sections 18 and 20): of its screen, or of its first image where
 * that is larger, since decoders then enlarge the screen.
 */
export function readGifHeader(view: DataView): PictureHeader {
  if (view.byteLength < 13) return { kind: 'incomplete' };
  const screenWidth = view.getUint16(6, true);
  const screenHeight = view.getUint16(8, true);
  let at = 13 + colourTableBytes(view.getUint8(10));
  while (at + 10 <= view.byteLength) {
    const block = view.getUint8(at);
    if (block === 0x2c) {
      const right = view.getUint16(at + 1, true) + view.getUint16(at + 5, true);
      const bottom = view.getUint16(at + 3, true) + view.getUint16(at + 7, true);
      return {
        kind: 'picture',
        format: 'GIF',
        width: Math.max(screenWidth, right),
        height: Math.max(screenHeight, bottom),
      };
    }
    if (block !== 0x21) return { kind: 'damaged' };
    at += 2; // introducer and label of an extension, then sub-blocks up to an empty one
    while (at < view.byteLength && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at += 1;
  }
  return { kind: 'incomplete' };
}

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
