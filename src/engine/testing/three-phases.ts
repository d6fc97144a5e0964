import type { BatchNormMode } from '../../core/batch-norm';
import type { FtsOptions, TrainPhase } from '../../core/options/train-config';
import type { FtsRun } from './lightning-runs';

/** What the package leaves of a BatchNorm that it has not thawed: the module stays in training mode. */
const FTS_FROZEN: BatchNormMode = { affine: 'frozen', normaliser: 'batch', statistics: 'updated' };

/** The recorded run of finetuning-scheduler in the two ways in which a config can say it. */
export const THREE_PHASES = {
  phases: ({ ftSchedule }: FtsRun): { readonly phases: readonly TrainPhase[] } => ({
    phases: [
      { batchNorm: { '*': FTS_FROZEN } },
      {
        name: 'last block',
        start: { kind: 'epoch', epoch: ftSchedule[0]!.max_transition_epoch },
        layers: ['conv3', 'bn3'],
        batchNorm: { bn1: FTS_FROZEN, bn2: FTS_FROZEN },
        rate: ftSchedule[1]!.lr!,
      },
      {
        name: 'everything',
        start: { kind: 'epoch', epoch: ftSchedule[1]!.max_transition_epoch },
        layers: ['*'],
        rate: { learningRate: ftSchedule[2]!.lr! },
      },
    ],
  }),
  ftsSchedule: ({
    ftSchedule,
  }: FtsRun): { readonly ftsSchedule: string; readonly ftsOptions: FtsOptions } => ({
    ftsSchedule: yamlOf(ftSchedule),
    ftsOptions: { transitions: 'epochs-only', frozenBatchNorm: FTS_FROZEN },
  }),
};

/** As the package's own file: its parameters carry the prefixes of the LightningModule, Thaw's do not. */
function yamlOf(schedule: FtsRun['ftSchedule']): string {
  return Object.entries(schedule)
    .map(([phase, { params, lr, max_transition_epoch: epoch }]) =>
      [
        `${phase}:`,
        '  params:',
        ...params.map((name) => `  - ${name.replace(/^(head|backbone)\./, '')}`),
        ...(lr === undefined ? [] : [`  lr: ${lr}`]),
        `  max_transition_epoch: ${epoch}`,
      ].join('\n'),
    )
    .join('\n');
}
