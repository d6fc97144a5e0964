/** What `thaw.train` takes. Epochs are counted from 0; learning rates are per step; PyTorch's defaults. */

export type OptimizerName = 'sgd' | 'momentum' | 'adam' | 'adamw';

export type LearningRateSchedule =
  | { readonly kind: 'constant' }
  /** lr × gamma every `stepSize` epochs (torch.optim.lr_scheduler.StepLR). */
  | { readonly kind: 'step'; readonly stepSize: number; readonly gamma: number }
  /** Half a cosine over all epochs down to `minLr` (CosineAnnealingLR with T_max = epochs). */
  | { readonly kind: 'cosine'; readonly minLr?: number };

/** The options of PyTorch Lightning's BackboneFinetuning in camelCase, and the two Thaw adds. */
export interface BackboneFinetuningOptions {
  /** First epoch of the unfrozen phase. Default 10. */
  readonly unfreezeBackboneAtEpoch?: number;
  /** From the epoch after unfreezing on, backbone lr = multiplier × previous backbone lr. Default 2. */
  readonly multiplier?: number;
  /** Like `multiplier`, but computed: called with epoch + 1. Not together with `multiplier`. */
  readonly lambdaFunc?: (epoch: number) => number;
  /** At unfreezing, backbone lr = head lr × this. Default 0.1. */
  readonly backboneInitialRatioLr?: number;
  /** At unfreezing, backbone lr = this, instead of the ratio. */
  readonly backboneInitialLr?: number | null;
  /** Cap the backbone lr at the head's current lr. Default true. */
  readonly shouldAlign?: boolean;
  /** Divisor of the head's lr when a group is added with no lr of its own. Default 10. */
  readonly initialDenomLr?: number;
  /** BatchNorm is trained while the backbone is frozen. Default true. */
  readonly trainBnFrozenPhase?: boolean;
  /** BatchNorm is trained after the backbone is unfrozen. Default true. */
  readonly trainBnUnfrozenPhase?: boolean;
  /** @deprecated since 1.0.0, removed in 2.0.0: use trainBnFrozenPhase and trainBnUnfrozenPhase. */
  readonly trainBn?: boolean;
  /** Log the head's and the backbone's lr. Default false. */
  readonly verbose?: boolean;
  /** Digits of the logged rates. Default 12. */
  readonly rounding?: number;
}

export interface TrainConfig extends BackboneFinetuningOptions {
  readonly epochs: number;
  /** Pictures in a training step. Default 16. The last, smaller batch of an epoch is kept. */
  readonly batchSize?: number;
  /** The head's learning rate. Default 0.001. */
  readonly learningRate?: number;
  /** Default `adam`. */
  readonly optimizer?: OptimizerName;
  /** For `momentum` only, without Nesterov. Default 0.9. */
  readonly momentum?: number;
  /** L2 added to the gradient; for `adamw` decoupled. Default 0, for `adamw` 0.01. */
  readonly weightDecay?: number;
  /** For adam and adamw. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** For adam and adamw. Default 1e-8. */
  readonly epsilon?: number;
  /** Acts at the end of an epoch on every group, before the callback sets the backbone's rate. */
  readonly lrSchedule?: LearningRateSchedule;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Seed of the order, the new head and dropout. Default 0. */
  readonly seed?: number;
  /** What PyTorch Lightning 2.6 really does, quirks and all; for comparison. */
  readonly preset?: 'lightning-2.6';
}

/** An optimizer with every option filled in. */
export type OptimizerOptions =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly weightDecay: number }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    };

/** Something the user should know that does not stop the work; the page shows every one. */
export interface Warning {
  readonly code:
    | 'train-bn-deprecated'
    | 'never-unfrozen'
    | 'no-batch-norm'
    | 'fallback-backend'
    | 'duplicate-parameters'
    | 'preset-ignores-option'
    | 'option-ignored'
    | 'picture-skipped'
    | 'backend-changed';
  readonly message: string;
}
