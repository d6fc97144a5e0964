import type { PictureHeader } from './picture-format';

/**
 * The size of an AVIF picture: the largest `ispe` property (ISO/IEC 23008-12, 6.5.3) in its `meta` box. A
 * picture made of tiles has several; the whole is the largest.
 */
export function readAvifHeader(view: DataView): PictureHeader {
  const brandsEnd = view.getUint32(0);
  if (brandsEnd < 16) return { kind: 'no-picture' };
  if (brandsEnd > view.byteLength) return { kind: 'incomplete' };
  const brands = new Set<string>();
  for (let at = 8; at + 4 <= brandsEnd; at += 4) if (at !== 12) brands.add(fourCharacters(view, at));
  if (!brands.has('avif') && !brands.has('avis')) {
    const isHeic = ['heic', 'heix', 'hevc', 'heim', 'mif1', 'msf1'].some((brand) => brands.has(brand));
    return isHeic ? { kind: 'unsupported', format: 'HEIC' } : { kind: 'no-picture' };
  }
  const meta = findMetaBox(view, brandsEnd);
  if (meta === 'incomplete' || meta === 'damaged') return { kind: meta };
  return largestExtent(view, meta.start, meta.end);
}

function findMetaBox(
  view: DataView,
  from: number,
): { readonly start: number; readonly end: number } | 'incomplete' | 'damaged' {
  let at = from;
  while (at + 8 <= view.byteLength) {
    const boxBytes = view.getUint32(at);
    if (boxBytes < 8) return 'damaged'; // `meta` is never a 64-bit or an open-ended box, and comes first
    if (fourCharacters(view, at + 4) === 'meta') {
      return at + boxBytes > view.byteLength ? 'incomplete' : { start: at + 8, end: at + boxBytes };
    }
    at += boxBytes;
  }
  return 'incomplete';
}

/** Looks for the name of the box instead of walking its parents: a false find can only make the size larger. */
function largestExtent(view: DataView, start: number, end: number): PictureHeader {
  let width = 0;
  let height = 0;
  for (let at = start; at + 16 <= end; at += 1) {
    if (view.getUint8(at) !== 0x69 || fourCharacters(view, at) !== 'ispe') continue;
    const thisWidth = view.getUint32(at + 8);
    const thisHeight = view.getUint32(at + 12);
    if (thisWidth * thisHeight > width * height) [width, height] = [thisWidth, thisHeight];
  }
  return { kind: 'picture', format: 'AVIF', width, height };
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}
