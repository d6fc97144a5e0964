import type { BatchNormMode } from '../batch-norm';

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

/** When a phase of one's own begins. */
export type TrainPhaseStart =
  | { readonly kind: 'epoch'; readonly epoch: number }
  /** When validation loss has not fallen by `minDelta` (default 0) for `patience` epochs (default 3). */
  | {
      readonly kind: 'stalled';
      readonly patience?: number;
      readonly minDelta?: number;
      /** Begins here even if the loss still falls. Default: it waits. */
      readonly atLatestEpoch?: number | null;
    };

/** How a BatchNorm behaves: one of the two usual ways, or its three facts one by one. */
export type BatchNormChoice = 'trainable' | 'frozen' | BatchNormMode;

/** The rate of the layers that join with a phase, and how it goes on. */
export interface TrainPhaseRate {
  /** At the phase's start: this … */
  readonly learningRate?: number;
  /** … or the head's current rate × this. Neither: the head's current rate / `initialDenomLr`. */
  readonly ratio?: number;
  /** At each later epoch, rate = this × previous rate. Default: the schedule alone moves it. */
  readonly multiplier?: number;
  /** Cap the rate at the head's current one; needs `multiplier`. Default false. */
  readonly shouldAlign?: boolean;
}

/** One phase of a plan of one's own. Layers join, and train to the end of the run. */
export interface TrainPhase {
  /** Unique in the plan. Default: `phase 0`, `phase 1`, … */
  readonly name?: string;
  /** The first phase begins at epoch 0, and needs none. */
  readonly start?: TrainPhaseStart;
  /**
   * Backbone layers that train from here on, by name or with `*` for any letters (`block3*`; `*` is all that
   * is left). The head trains from the start. Default: none.
   */
  readonly layers?: readonly string[];
  /**
   * BatchNorm of the backbone in this phase, by name or pattern, the last that fits; what none fits follows
   * `trainBnFrozenPhase` until its layer has joined, and then `trainBnUnfrozenPhase`.
   */
  readonly batchNorm?: Readonly<Record<string, BatchNormChoice>>;
  /** A number is a learning rate. Not for the first phase, which trains at `learningRate`. */
  readonly rate?: number | TrainPhaseRate;
}

/** What a schedule file of the finetuning-scheduler package leaves to the package's own options. */
export interface FtsOptions {
  /** Epochs without a lower validation loss before the next phase begins. Default 3. */
  readonly patience?: number;
  /** Default 0. */
  readonly minDelta?: number;
  /** Learning rate of a phase without an `lr`. Default 1e-5. */
  readonly baseMaxLr?: number;
  /** `epochs-only` is the package's `epoch_transitions_only`. Default `early-stopping`. */
  readonly transitions?: 'early-stopping' | 'epochs-only';
  /** Of a BatchNorm that is not listed yet. Default `frozen`; the package's own is frozen, batch, updated. */
  readonly frozenBatchNorm?: 'frozen' | BatchNormMode;
}

/**
 * What is done to a training picture, in the terms of torchvision: `flip` is RandomHorizontalFlip(0.5), `flip-crop`
 * that after RandomResizedCrop (scale 0.08…1, ratio 3/4…4/3).
 */
export type AugmentationName = 'none' | 'flip' | 'flip-crop';

/**
 * PyTorch Lightning's names. `16-mixed` keeps what lies between the layers in a training step as 16-bit floats, and computes
 * in 32 bits; weights, their gradients, the optimizer and evaluation stay as they are.
 */
export type PrecisionName = '32-true' | '16-mixed';

/** What `thaw.train` takes. Epochs are counted from 0; learning rates are per step; PyTorch's defaults. */
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
  /** What a picture of each class counts for in the training loss. Default `none`: all the same. */
  readonly classWeights?: ClassWeightsChoice;
  /**
   * `16-mixed` acts on WebGPU kernels alone, and in a phase only after the first batch has shown that the step is still the
   * same; else the run goes on in 32 bits and says so. Default `32-true`.
   */
  readonly precision?: PrecisionName;
  /** Acts at the end of an epoch on every group, before the callback sets the backbone's rate. */
  readonly lrSchedule?: LearningRateSchedule;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Seed of the order, the new head, dropout and augmentation. Default 0. */
  readonly seed?: number;
  /** Of training pictures that are decoded here, not of those given as tensors. Default `none`. */
  readonly augmentation?: AugmentationName;
  /**
   * For `flip-crop`: a picture has so many variants and goes through them epoch by epoch, so that what is frozen
   * is computed for each variant once and kept. Null: another one in every epoch, and nothing of it is kept.
   * Default 4.
   */
  readonly augmentationVariants?: number | null;
  /** What PyTorch Lightning 2.6 really does, quirks and all; for comparison. */
  readonly preset?: 'lightning-2.6';
  /** A plan of one's own of any number of phases, instead of the callback's two. */
  readonly phases?: readonly TrainPhase[];
  /** The same as the YAML text of a schedule of the finetuning-scheduler package. */
  readonly ftsSchedule?: string;
  readonly ftsOptions?: FtsOptions;
}

/** A config as it crosses threads: a `lambdaFunc` has been sampled, entry e being lambdaFunc(e + 1). */
export interface SerializableTrainConfig extends Omit<TrainConfig, 'lambdaFunc'> {
  readonly lambdaSamples?: readonly number[];
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

/** `balanced`: pictures / (classes · pictures of the class), as scikit-learn; a list: one weight a class. */
export type ClassWeightsChoice = 'none' | 'balanced' | readonly number[];

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
    | 'backend-changed'
    | 'device-lost';
  readonly message: string;
}
