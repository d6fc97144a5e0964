export type PictureFormat = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'BMP' | 'AVIF';

/** What the first bytes of a file say it is. Sizes in pixels, before any EXIF rotation. */
export type PictureHeader =
  | {
      readonly kind: 'picture';
      readonly format: PictureFormat;
      readonly width: number;
      readonly height: number;
    }
  /** A picture whose size is written further on: read more bytes. */
  | { readonly kind: 'incomplete' }
  /** A picture of a sort that browsers do not all decode, or that is not made of pixels. */
  | { readonly kind: 'unsupported'; readonly format: 'SVG' | 'HEIC' | 'TIFF' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'no-picture' };
