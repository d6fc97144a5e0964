import { afterEach, expect, it, vi } from 'vitest';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import type { KernelKind } from '../step-plan/operations';
import { tinyData, tinyNetwork } from '../testing/lightning-tiny';
import { createExecutor } from './create-executor';
import { kernelBackend } from './kernel-backends';

vi.mock('./kernel-backends', async (original) => ({
  ...(await original<typeof import('./kernel-backends')>()),
  kernelBackend: vi.fn(),
}));

function withoutKernels(...kinds: readonly KernelKind[]): void {
  const all = createReferenceBackend();
  const kernels = new Set([...all.kernels].filter((kind) => !kinds.includes(kind)));
  vi.mocked(kernelBackend).mockResolvedValue({ ...all, kernels });
}

afterEach(() => vi.mocked(kernelBackend).mockReset());

it('makes step plans where there are kernels for every layer', async () => {
  withoutKernels('layerNorm');
  const made = await createExecutor({ backend: 'reference', executor: 'plan' }, await tinyNetwork());
  expect(made.executor.kind).toBe('plan');
  expect(made.warnings).toEqual([]);
  made.executor.dispose();
});

it('goes on with TensorFlow.js where a layer has none, and says which', async () => {
  withoutKernels('depthwiseConv2dInputGradient');
  const network = await tinyNetwork();
  const layer = network.graph.layers.find(({ kind }) => kind === 'depthwiseConv2d')!;
  const { executor, warnings } = await createExecutor({ backend: 'reference', executor: 'plan' }, network);
  expect(executor.kind).toBe('tfjs');
  expect(warnings).toEqual([
    { code: 'backend-changed', message: expect.stringContaining(`"${layer.name}"`) },
  ]);
  const { train } = tinyData();
  expect(await executor.evaluate(train.batch([0, 1]))).toHaveLength(6);
  executor.dispose();
});

it('takes TensorFlow.js where it is asked for', async () => {
  const made = await createExecutor({ backend: 'cpu', executor: 'tfjs' }, await tinyNetwork());
  expect(made.executor).toMatchObject({ kind: 'tfjs', backend: 'cpu' });
  expect(made.warnings).toEqual([]);
  expect(kernelBackend).not.toHaveBeenCalled();
  made.executor.dispose();
});
