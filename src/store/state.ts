import type { BackboneSource, BackendName, StepStats } from '../core/api';
import type { ErrorCode, Failure } from '../core/errors';
import type { Warning } from '../core/options/train-config';
import type { LayerStatus } from '../core/phases/layer-status';
import type { CostReport } from '../core/run/cost-report';
import type { PlanView } from '../core/run/plan-view';
import type { BackboneReport, DataReport, MachineReport, PlanReport } from '../core/worker-contract';
import type { KeptRun } from '../storage/kept-project';
import { type PhaseOptions, PROPOSED_OPTIONS } from './phase-options';
import type { GalleryPictures } from './pictures/gallery-pictures';
import type { BundledBackbone } from './ports';
import { IDLE_TRAINING, type TrainingState } from './training/training-reducer';

export type PanelName = 'machine' | 'backbone' | 'data' | 'phases' | 'training' | 'results';

/** A sentence on the page, shown at the panel it belongs to until it is dismissed. */
export interface Message {
  readonly id: number;
  readonly panel: PanelName;
  readonly kind: 'note' | 'warning' | 'failure';
  readonly code: ErrorCode | Warning['code'] | null;
  readonly text: string;
}

export type MachineState =
  | { readonly status: 'starting' }
  | { readonly status: 'ready'; readonly report: MachineReport }
  | { readonly status: 'failed'; readonly failure: Failure };

/** What the Backbone panel's controls hold. Null: the proposal. */
export interface BackboneDraft {
  /** The id of a bundled backbone, or where else it is from. */
  readonly source: { readonly kind: 'bundled'; readonly id: string } | { readonly kind: 'files' | 'url' };
  readonly url: string;
  readonly files: readonly File[];
  readonly backboneEnd: string | null;
  readonly pictureSize: number | null;
  readonly keepHead: boolean;
}

export interface BackboneState {
  readonly draft: BackboneDraft;
  readonly loading: boolean;
  /** Where the backbone that is loaded is from, and what it is; null before. */
  readonly source: BackboneSource | null;
  readonly report: BackboneReport | null;
}

/** How far some long work is, in pictures. */
export interface WorkProgress {
  readonly label: string;
  readonly done: number;
  /** Null where it is not known. */
  readonly total: number | null;
}

/** The last change that took pictures or a class away, and what was there before it. */
export interface UndoOffer {
  /** `replaced`: others have taken the place of the pictures. */
  readonly kind: 'removed' | 'replaced' | 'merged';
  /** What was done. */
  readonly text: string;
  readonly origin: 'sample' | 'files';
  readonly pictures: GalleryPictures;
}

export interface DataState {
  readonly progress: WorkProgress | null;
  /** Null for data given as tensors. */
  readonly pictures: GalleryPictures | null;
  readonly origin: 'none' | 'sample' | 'files' | 'tensors';
  /** What the worker has; null until it has been given the data. */
  readonly report: DataReport | null;
  /** Gone with the next change of pictures, and once a run has started. */
  readonly undo: UndoOffer | null;
}

export type PlanState =
  | { readonly status: 'none' }
  | { readonly status: 'planned'; readonly report: PlanReport }
  | { readonly status: 'refused'; readonly failure: Failure };

/** What the present options would cost, as far as it is known. */
export type CostState =
  | { readonly status: 'none' }
  /** With what the options before would cost, so that the page does not jump. */
  | { readonly status: 'estimating'; readonly before: CostReport | null }
  | { readonly status: 'estimated'; readonly report: CostReport }
  | { readonly status: 'unavailable'; readonly why: string };

/** What a training step consisted of. */
export interface LastStep {
  readonly stats: StepStats;
  /** Null where TensorFlow.js runs the network. */
  readonly plan: PlanView | null;
}

/** What the model is asked about. */
export type Tried = TriedPicture | TriedWebcam;

export interface TriedPicture {
  readonly kind: 'picture';
  readonly name: string;
  readonly url: string;
  /** One a class. */
  readonly probabilities: readonly number[];
}

export interface TriedWebcam {
  readonly kind: 'webcam';
  /** Of the last frame, one a class; null before the first answer. */
  readonly probabilities: readonly number[] | null;
}

export interface ResultsState {
  /** The pictures that were validated: the data may have been changed since. */
  readonly pictures: GalleryPictures | null;
  readonly tried: Tried | null;
  /** What has taken the place of the run's model; null: nothing, it can be tried and taken away. */
  readonly replacedBy: 'backbone' | 'pictures' | null;
  /** Whether the run's model has been neither downloaded nor saved, nor is it kept on this machine. */
  readonly unsaved: boolean;
  readonly busy: 'trying' | 'exporting' | null;
}

/** A run that was there when the page was left. */
export interface RunOffer extends KeptRun {
  readonly options: PhaseOptions;
}

/** What is left of the last visit. */
export interface KeptState {
  /** What has been brought back, in words; empty: nothing, or it has been read. */
  readonly restored: readonly string[];
  /** Gone once another run has started, or other pictures or another backbone are there. */
  readonly offer: RunOffer | null;
}

export interface ThawState {
  readonly forcedBackend: BackendName | null;
  readonly machine: MachineState;
  readonly catalogue: readonly BundledBackbone[];
  readonly backbone: BackboneState;
  readonly data: DataState;
  readonly options: PhaseOptions;
  readonly plan: PlanState;
  readonly cost: CostState;
  /** The layer table: the plan before training, the truth during and after it. */
  readonly layers: readonly LayerStatus[];
  readonly training: TrainingState;
  /** Of the run that goes on, or the last; null before its first step. */
  readonly lastStep: LastStep | null;
  readonly results: ResultsState;
  readonly kept: KeptState;
  readonly messages: readonly Message[];
}

export const INITIAL_STATE: ThawState = {
  forcedBackend: null,
  machine: { status: 'starting' },
  catalogue: [],
  backbone: {
    draft: {
      source: { kind: 'bundled', id: 'efficientnet-lite0' },
      url: '',
      files: [],
      backboneEnd: null,
      pictureSize: null,
      keepHead: false,
    },
    loading: false,
    source: null,
    report: null,
  },
  data: { progress: null, pictures: null, origin: 'none', report: null, undo: null },
  options: PROPOSED_OPTIONS,
  plan: { status: 'none' },
  cost: { status: 'none' },
  layers: [],
  training: IDLE_TRAINING,
  lastStep: null,
  results: { pictures: null, tried: null, replacedBy: null, unsaved: false, busy: null },
  kept: { restored: [], offer: null },
  messages: [],
};
