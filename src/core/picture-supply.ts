import type { Failure } from './errors';
import type { PictureEdit } from './options/augmentation';

/** What the training worker asks of the input worker, over a port between the two (Comlink carries it). */
export interface PictureSupply {
  /** Decodes and edits pictures, in the order in which they are asked for. */
  fetch(request: PictureRequest): Promise<PictureAnswer>;
  /** What these requests ask for and was not begun is not decoded any more: they answer `cancelled`. */
  cancel(tickets: readonly number[]): Promise<void>;
  stats(): Promise<InputStats>;
}

export interface PictureRequest {
  /** Unique on its port. */
  readonly ticket: number;
  readonly pictures: readonly WantedPicture[];
}

export interface WantedPicture extends PictureEdit {
  /** Its place in the data that was added. */
  readonly index: number;
}

export type PictureAnswer =
  /** RGB bytes, [pictures, size, size, 3]. */
  | { readonly kind: 'pixels'; readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What the input worker holds and has done since the page was opened. */
export interface InputStats {
  /** Decoded pixels that are kept now, and the most that ever were. */
  readonly keptBytes: number;
  readonly mostKeptBytes: number;
  /** What may be kept. */
  readonly budgetBytes: number;
  /** Pictures decoded so far, each time counted. */
  readonly decoded: number;
}

/** A `MessagePort`, as far as the core (which compiles without DOM) needs to know it. */
export interface SupplyPort {
  postMessage(message: unknown, transfer?: unknown): void;
  addEventListener(type: string, listener: unknown, options?: unknown): void;
  removeEventListener(type: string, listener: unknown, options?: unknown): void;
  start?(): void;
  close(): void;
}
