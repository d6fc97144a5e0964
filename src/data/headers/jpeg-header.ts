import type { PictureHeader } from './picture-format';

/**
 * Walks the segments of a JPEG (ITU T.81, annex B) to the frame header, which may lie behind megabytes of
 * metadata.
 */
export function readJpegHeader(view: DataView): PictureHeader {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return { kind: 'damaged' };
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
    } else if (isFrameHeader(marker)) {
      if (at + 9 > view.byteLength) return { kind: 'incomplete' };
      const height = view.getUint16(at + 5);
      return { kind: 'picture', format: 'JPEG', width: view.getUint16(at + 7), height };
    } else if (marker === 0xda || marker === 0xd9) {
      return { kind: 'damaged' }; // pixels or the end before any size
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2; // markers without a segment
    } else {
      const segmentBytes = view.getUint16(at + 2);
      if (segmentBytes < 2) return { kind: 'damaged' };
      at += 2 + segmentBytes;
    }
  }
  return { kind: 'incomplete' };
}

/** SOF0…SOF15, without the three other segments in that range (DHT, JPG, DAC). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
