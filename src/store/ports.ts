import type { Preprocessing, TrainingWorker } from '../core/worker-contract';
import type { PictureDecoder } from '../data/input/decoder';
import type { PictureSet } from '../data/picture-set';
import type { KeeperOpening } from '../storage/open-keeper';

/** What the store needs of the world, so that its tests can stand in for worker, pictures and page. */
export interface Ports {
  readonly worker: TrainingWorker;
  readonly decoder: PictureDecoder;
  /** The pictures of a zip archive, with their folders. */
  readonly unzip: (archive: File) => Promise<readonly File[]>;
  readonly loadSamples: () => Promise<PictureSet>;
  readonly loadCatalogue: () => Promise<readonly BundledBackbone[]>;
  readonly keeping: KeepingPorts;
  /** Calls back at the next frame. */
  readonly requestFrame: (callback: () => void) => void;
}

/** What outlives the page. */
export interface KeepingPorts {
  open(): Promise<KeeperOpening>;
  /** Asks the browser not to clear what is kept when the disk is full. */
  persist(): void;
  /** Loads the page again. */
  reload(): void;
}

/** One entry of `backbones/index.json`. */
export interface BundledBackbone {
  readonly id: string;
  readonly name: string;
  /** Absolute address of the model.json. */
  readonly url: string;
  readonly sizeBytes: number;
  readonly parameters: number;
  readonly preprocessing: Preprocessing;
  /** Names of the layers where the backbone may end, in depth order. */
  readonly blockEnds: readonly string[];
  readonly defaultEnd: string;
  readonly pictureSizes: readonly number[];
  readonly licence: string;
  readonly attribution: string;
}
