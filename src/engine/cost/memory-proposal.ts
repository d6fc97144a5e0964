import type { MemoryProposal } from '../../core/run/cost-report';

const PICTURE_SIZES = [224, 192, 160, 128, 96, 64];
const LEAST_BATCH = 4;
const MEGABYTE = 2 ** 20;

/** What could be smaller in a run. */
export interface ChangedSize {
  readonly picture: readonly [height: number, width: number, channels: number];
  /** Default: that of the run. */
  readonly batchSize?: number;
}

/** @returns bytes that the run would hold at once */
export type PeakOf = (changed: ChangedSize) => number;

/**
 * The change that brings a run below a limit: a smaller batch first, which changes least of what is learnt.
 * @param problem the sentence that the proposal answers
 */
export function proposeLess(
  { config, picture }: Pick<ChangedSize, 'picture'> & { readonly config: { readonly batchSize: number } },
  limitBytes: number,
  problem: string,
  peakOf: PeakOf,
): MemoryProposal {
  for (let size = Math.floor(config.batchSize / 2); size >= LEAST_BATCH; size = Math.floor(size / 2)) {
    const peakBytes = peakOf({ picture, batchSize: size });
    if (peakBytes > limitBytes) continue;
    const message = `${problem} With a batch size of ${size} it would be ${megabytes(peakBytes)}.`;
    return { change: 'batchSize', value: size, peakBytes, message };
  }
  for (const side of PICTURE_SIZES) {
    if (side >= picture[0] || picture[0] !== picture[1]) continue;
    const peakBytes = peakOf({ picture: [side, side, picture[2]] });
    if (peakBytes > limitBytes) continue;
    const message = `${problem} With pictures of ${side} × ${side} it would be ${megabytes(peakBytes)}.`;
    return { change: 'pictureSize', value: side, peakBytes, message };
  }
  const message = `${problem} Choose an earlier backbone end.`;
  return { change: 'backboneEnd', value: null, peakBytes: null, message };
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / MEGABYTE).toLocaleString('en-US')} MB`;
}
