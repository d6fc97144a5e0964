import type { Failure } from '../../core/errors';
import type { PictureAnswer, SupplyPort } from '../../core/picture-supply';
import type { PictureSource } from '../picture-set';
import type { ZippedFile } from '../zip-files';

/** What crosses between page and input worker (Comlink carries it). Failures cross as plain data. */
export interface InputWorker {
  /** @param budgetBytes of decoded pixels that may be kept; null: as the machine's memory suggests */
  start(budgetBytes: number | null): Promise<void>;
  /** Decodes pictures to see which can be, and keeps their pixels within the budget; may be called several times for a job. */
  decode(
    job: DecodeJob,
    pictures: readonly PictureToDecode[],
    onProgress: (done: number) => void,
  ): Promise<readonly PictureFailure[]>;
  /** The pictures of a job at these indices. */
  collect(jobId: number, indices: readonly number[]): Promise<PictureAnswer>;
  /** Answers as a `PictureSupply` of the job's pictures on this port until the job is released. */
  connect(jobId: number, port: SupplyPort): Promise<void>;
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
  /** The same for the same bytes, whichever job they are in: a copy of a blob does not show where it is from. */
  readonly key: string;
}

export interface PictureFailure {
  readonly index: number;
  readonly failure: Failure;
}
