/** A small run with everything that keeps state from step to step: four epochs of four steps, the last of one picture. */
export const OVERLAP_RUN = {
  epochs: 4,
  unfreezeBackboneAtEpoch: 2,
  batchSize: 3,
  learningRate: 0.02,
  optimizer: 'adam',
  lrSchedule: { kind: 'cosine' },
  classWeights: [1, 2.5, 0.5],
  seed: 4,
} as const;

/** The same where values are kept, and the head trains alone at first. */
export const FROZEN_OVERLAP_RUN = { ...OVERLAP_RUN, trainBnFrozenPhase: false, trainBnUnfrozenPhase: false };

export const KEEP_ALL = { budgetBytes: 1e9, leastWorkPerValue: 0, openDisk: null };
