import type { BufferId } from './calls/call';
import type { KernelCall } from './operations';

/**
 * Where a buffer lives. `weights`, `gradients`, `slot0`, `slot1` are the parameters' (they outlive plans
 * and are laid out by `ParameterLayout`); `prepared` belongs to one plan and keeps what `prepare` made of
 * the weights; `arena` is scratch that one run of one plan uses, shared by all plans of a backend.
 */
export type Region = 'weights' | 'gradients' | 'slot0' | 'slot1' | 'prepared' | 'arena';

/**
 * Every offset is a multiple of this many words: 256 bytes, what WebGPU asks of a binding,
 * and four cache lines for SIMD.
 */
export const ALIGNMENT_WORDS = 64;

export function aligned(elements: number): number {
  return Math.ceil(elements / ALIGNMENT_WORDS) * ALIGNMENT_WORDS;
}

/**
 * How a buffer's numbers are kept. `half`: IEEE binary16, two in a word. `scaledHalf`: the same of numbers that
 * are multiplied by a power of two as they are stored and divided by it as they are read, so that the gradients of activations
 * do not fall below the smallest half (loss scaling, Micikevicius et al. 2018, "Mixed Precision Training").
 */
export type NumberFormat = 'float32' | 'half' | 'scaledHalf';

/** Words of four bytes that so many numbers take. */
export function wordsOf({ elements, format }: { elements: number; format: NumberFormat }): number {
  return format === 'float32' ? elements : Math.ceil(elements / 2);
}

export interface PlanBuffer {
  /** For people: `relu1`, `conv1/kernel`, `gradient of relu1`. */
  readonly name: string;
  readonly region: Region;
  readonly elements: number;
  /** Before the memory pass: the most compact format that the numbers may be kept in. */
  readonly format: NumberFormat;
  /** In words, from the start of its region. Known for every region but the arena before the memory pass (−1). */
  readonly offset: number;
  /** Indices of the first and last call that touch it: −1 from before the first call, `calls.length` to after the last. */
  readonly life: { readonly first: number; readonly last: number };
}

/** A buffer that is written before a run or read after it. */
export interface PlanPort {
  /** `value`: what a layer puts out; the pictures are the input layer's. */
  readonly role: 'value' | 'labels' | 'classWeights' | 'outcome' | 'logits' | 'features';
  /** Of the layer. */
  readonly name: string;
  readonly buffer: BufferId;
  readonly elements: number;
}

export function port(ports: readonly PlanPort[], role: PlanPort['role']): PlanPort {
  const found = ports.find((candidate) => candidate.role === role);
  if (!found) throw new RangeError(`The plan has no ${role}.`);
  return found;
}

/** What a number of the step is; whoever runs the plan fills them in anew each step. */
export type StepScalar =
  | {
      /** See `AdamUpdateCall`; `range` indexes the layout's updates. */
      readonly kind: 'learningRate' | 'stepSize' | 'varianceScale';
      readonly range: number;
    }
  | { readonly kind: 'dropoutSeed' };

/** One step as data: kernel calls in order on planned buffers. It knows nothing of a backend. */
export interface StepPlan {
  readonly purpose: 'training' | 'evaluation' | 'features' | 'prefix';
  readonly batch: number;
  readonly buffers: readonly PlanBuffer[];
  /** Calls that depend on weights alone: run before the first run, and again when those weights were changed. */
  readonly prepare: readonly KernelCall[];
  readonly calls: readonly KernelCall[];
  /** By call: the scratch its kernel asked for, alive during that call alone. */
  readonly scratch: readonly (BufferId | null)[];
  readonly prepareScratch: readonly (BufferId | null)[];
  /** Written before each run: pictures (or the frozen prefix's values), labels. */
  readonly inputs: readonly PlanPort[];
  /** Read after each run: outcome, logits, features or the prefix's values. */
  readonly outputs: readonly PlanPort[];
  readonly scalars: readonly StepScalar[];
  readonly preparedElements: number;
  /** The arena is cut into segments at the multiples of this many words; no buffer lies across a cut. `Infinity`: no cut. */
  readonly segmentWords: number;
  /** Words used of each segment, from its start. */
  readonly segments: readonly number[];
  /** Words of all segments: the peak, known before the start. */
  readonly arenaWords: number;
}

/** A plan whose arena has not been laid out: every buffer of the arena has offset −1. */
export type UnplacedPlan = Omit<
  StepPlan,
  'scratch' | 'prepareScratch' | 'segmentWords' | 'segments' | 'arenaWords'
>;

/** Words that an arena takes on which several plans run in turn: every segment as long as the longest that a plan has. */
export function sharedArenaWords(plans: readonly Pick<StepPlan, 'segments'>[]): number {
  const longest: number[] = [];
  for (const { segments } of plans) {
    for (const [index, words] of segments.entries()) longest[index] = Math.max(longest[index] ?? 0, words);
  }
  return longest.reduce((sum, words) => sum + words, 0);
}

/** One update call's worth of variables: contiguous, in one group, with one count of updates so far. */
export interface UpdateRange {
  readonly group: number;
  readonly offset: number;
  readonly elements: number;
  readonly names: readonly string[];
}

/** Where each variable is; a trained one has the same offset in `weights`, `gradients` and the slots. */
export interface ParameterLayout {
  readonly variables: ReadonlyMap<string, { readonly offset: number; readonly elements: number }>;
  readonly updates: readonly UpdateRange[];
  readonly slots: 0 | 1 | 2;
  readonly elements: {
    readonly weights: number;
    readonly gradients: number;
    readonly slot0: number;
    readonly slot1: number;
  };
}
