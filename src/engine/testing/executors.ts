import * as tf from '@tensorflow/tfjs';
import type { Network } from '../../core/graph/graph';
import type { Executor } from '../executor';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { createNodeWasmBackend } from '../kernels/testing/wasm-kernels';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { TfjsExecutor } from '../tfjs/tfjs-executor';

/** Every executor that runs in Node, without a graphics processor, by what tables call it. */
export const EXECUTORS = {
  'tfjs (cpu)': async (network: Network): Promise<Executor> => {
    await tf.setBackend('cpu');
    return new TfjsExecutor('cpu', network);
  },
  'plan (reference)': async (network: Network): Promise<Executor> =>
    createPlanExecutor(network, createReferenceBackend()),
  'plan (wasm)': async (network: Network): Promise<Executor> =>
    createPlanExecutor(network, await createNodeWasmBackend()),
} as const;
