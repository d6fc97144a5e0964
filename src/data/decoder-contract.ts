import type { Failure } from '../core/errors';
import type { PixelPictures } from '../core/worker-contract';
import type { PictureSource } from './picture-set';
import type { ZippedFile } from './zip-files';

/** What crosses between page and decoder worker (Comlink carries it). Failures cross as plain data. */
export interface DecoderWorker {
  /** Decodes pictures and keeps them for `collect`; may be called several times for a job. */
  decode(
    job: DecodeJob,
    pictures: readonly PictureToDecode[],
    onProgress: (done: number) => void,
  ): Promise<readonly PictureFailure[]>;
  /** Hands over decoded pictures, in the order of the indices. A picture is handed over once. */
  collect(jobId: number, indices: readonly number[]): Promise<PixelPictures>;
  /** Unpacks the pictures of a zip archive. */
  unzip(archive: Blob, name: string): Promise<UnpackedZip>;
  /** Stops a job and forgets its pictures. */
  release(jobId: number): Promise<void>;
}

export interface UnpackedZip {
  readonly files: readonly ZippedFile[];
  readonly failure: Failure | null;
}

export interface DecodeJob {
  readonly id: number;
  /** Side of the decoded square in pixels. */
  readonly size: number;
}

export interface PictureToDecode {
  /** Its place among the pictures of the whole job. */
  readonly index: number;
  readonly name: string;
  readonly source: PictureSource;
}

export interface PictureFailure {
  readonly index: number;
  readonly failure: Failure;
}
