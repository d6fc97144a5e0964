// The kernel module. A program is a list of steps in memory, each a kernel with its arguments and a number of
// tasks; every thread runs the same program and takes tasks as they come. Which thread runs a task changes no
// number: a task writes what no other task of its step writes or reads.
import { activation, activationInputGradient, softmax, softmaxGradient } from '../activation/simd.as';
import { batchNormApply, batchNormGradientSums, batchNormInputGradient, combineMoments, momentsOfRows } from '../batch-norm/simd.as';
import { depthwise } from '../convolution/depthwise.as';
import { depthwiseSlabs } from '../convolution/depthwise-slab.as';
import { depthwiseFilterGradient } from '../convolution/depthwise-gradient.as';
import { filterGradient, matrixProduct, packFilter, packFilterTransposed, windowInputGradient, windowProduct } from '../convolution/simd.as';
import { copyChannels } from '../copy-channels/simd.as';
import { dropout } from '../dropout/simd.as';
import { accumulate, elementwise, rescale, zeroRange } from '../elementwise/simd.as';
import { foldBias, scaleColumns } from '../fold-batch-norm/simd.as';
import { layerNorm, layerNormGradientSums, layerNormInputGradient } from '../layer-norm/simd.as';
import { softmaxCrossEntropy } from '../loss/simd.as';
import { adamUpdate, sgdUpdate } from '../optimizer/simd.as';
import { pad } from '../padding/simd.as';
import { pool, poolGradient } from '../pooling/simd.as';
import { spreadPositions, sumPositions } from '../reduction/simd.as';
import { int, setThread } from './record.as';
import { combineParts, sumRows } from './sums.as';

// A step: table index of the kernel, tasks, tasks taken so far, words to the next step, arguments.
const HEADER: usize = 16;

// The control block: 0 generation (a new one starts a program), 4 threads that arrived at barriers,
// 8 program, 12 steps.
@inline function generationOf(control: usize): usize { return control; }
@inline function arrivedAt(control: usize): usize { return control + 4; }

/**
 * Atomics.wait: sleeps while the word at `address` is `value`. Not the instruction `memory.atomic.wait32`: compiled
 * by the baseline compiler of V8 11.3 (Node 20) it goes wrong, and threads run programs twice or never wake up.
 */
@external("env", "wait")
declare function wait(address: usize, value: i32): void;

/** Looks at a barrier before a thread goes to sleep: some 20 µs. */
const LOOKS: i32 = 2000;

/** Barriers passed, in arrivals: wraps around. */
let arrivals: i32 = 0;

function barrier(control: usize, threads: i32): void {
  const arrived = arrivedAt(control);
  arrivals += threads;
  const now = atomic.add<i32>(arrived, 1) + 1;
  if (now == arrivals) {
    atomic.notify(arrived, threads);
    return;
  }
  for (let i = 0; i < LOOKS; i++) if (atomic.load<i32>(arrived) - arrivals >= 0) return;
  for (;;) {
    const seen = atomic.load<i32>(arrived);
    if (seen - arrivals >= 0) return;
    wait(arrived, seen);
  }
}

function runSteps(program: usize, steps: i32, control: usize, threads: i32): void {
  for (let i = 0; i < steps; i++) {
    const kernel = int(program, 0), tasks = int(program, 1), a = program + HEADER;
    if (ASC_FEATURE_THREADS && threads > 1) {
      for (let task = atomic.add<i32>(program + 8, 1); task < tasks; task = atomic.add<i32>(program + 8, 1))
        call_indirect(kernel, a, task);
      barrier(control, threads);
    } else for (let task = 0; task < tasks; task++) call_indirect(kernel, a, task);
    program += <usize>int(program, 3) << 2;
  }
}

/** Runs a program on this thread alone, or with the threads that `serve`. */
export function run(program: usize, steps: i32, control: usize, threads: i32): void {
  if (ASC_FEATURE_THREADS && threads > 1) {
    let p = program;
    for (let i = 0; i < steps; i++, p += <usize>int(p, 3) << 2) atomic.store<i32>(p + 8, 0);
    store<u32>(control, program, 8);
    store<i32>(control, steps, 12);
    atomic.add<i32>(generationOf(control), 1);
    atomic.notify(generationOf(control), threads);
  }
  runSteps(program, steps, control, threads);
}

/** What the other threads do until they are ended: sleep, and run the program of each new generation. */
export function serve(control: usize, thread: i32, threads: i32): void {
  setThread(thread);
  if (!ASC_FEATURE_THREADS) return;
  for (let generation = 0; ; generation++) {
    while (atomic.load<i32>(generationOf(control)) == generation) wait(generationOf(control), generation);
    runSteps(load<u32>(control, 8), load<i32>(control, 12), control, threads);
  }
}

// Where each kernel is in the function table, by name: what a program's steps say.
export const kernel_activation: i32 = activation.index;
export const kernel_activationInputGradient: i32 = activationInputGradient.index;
export const kernel_softmax: i32 = softmax.index;
export const kernel_softmaxGradient: i32 = softmaxGradient.index;
export const kernel_momentsOfRows: i32 = momentsOfRows.index;
export const kernel_combineMoments: i32 = combineMoments.index;
export const kernel_batchNormApply: i32 = batchNormApply.index;
export const kernel_batchNormGradientSums: i32 = batchNormGradientSums.index;
export const kernel_batchNormInputGradient: i32 = batchNormInputGradient.index;
export const kernel_depthwise: i32 = depthwise.index;
export const kernel_depthwiseSlabs: i32 = depthwiseSlabs.index;
export const kernel_depthwiseFilterGradient: i32 = depthwiseFilterGradient.index;
export const kernel_packFilter: i32 = packFilter.index;
export const kernel_packFilterTransposed: i32 = packFilterTransposed.index;
export const kernel_matrixProduct: i32 = matrixProduct.index;
export const kernel_windowProduct: i32 = windowProduct.index;
export const kernel_windowInputGradient: i32 = windowInputGradient.index;
export const kernel_filterGradient: i32 = filterGradient.index;
export const kernel_copyChannels: i32 = copyChannels.index;
export const kernel_dropout: i32 = dropout.index;
export const kernel_elementwise: i32 = elementwise.index;
export const kernel_accumulate: i32 = accumulate.index;
export const kernel_rescale: i32 = rescale.index;
export const kernel_zeroRange: i32 = zeroRange.index;
export const kernel_scaleColumns: i32 = scaleColumns.index;
export const kernel_foldBias: i32 = foldBias.index;
export const kernel_layerNorm: i32 = layerNorm.index;
export const kernel_layerNormInputGradient: i32 = layerNormInputGradient.index;
export const kernel_layerNormGradientSums: i32 = layerNormGradientSums.index;
export const kernel_softmaxCrossEntropy: i32 = softmaxCrossEntropy.index;
export const kernel_adamUpdate: i32 = adamUpdate.index;
export const kernel_sgdUpdate: i32 = sgdUpdate.index;
export const kernel_pad: i32 = pad.index;
export const kernel_pool: i32 = pool.index;
export const kernel_poolGradient: i32 = poolGradient.index;
export const kernel_sumPositions: i32 = sumPositions.index;
export const kernel_spreadPositions: i32 = spreadPositions.index;
export const kernel_combineParts: i32 = combineParts.index;
export const kernel_sumRows: i32 = sumRows.index;

/** The first byte after the module's own constants. */
export const heapStart: usize = __heap_base;
