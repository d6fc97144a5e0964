import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KernelBackend, Numbers } from '../../step-plan/backend';
import type { KernelKind } from '../../step-plan/operations';
import { createReferenceBackend } from '../reference/reference-backend';
import { type ConvolutionKind, convolutionGrid } from './convolution-cases';
import { type KernelCase, outputsOf } from './kernel-case';
import { KERNEL_CASES } from './kernel-cases';
import { runCase } from './run-case';

export interface KernelContract {
  readonly create: () => Promise<KernelBackend>;
  /** |value − reference| ≤ tolerance · (largest |reference| of the output, at least 1). */
  readonly tolerance: number;
  /** Random cases an operation. */
  readonly cases: number;
  /** Default: every kernel of the backend. */
  readonly kinds?: readonly KernelKind[];
  /** How the backend under test runs a case, and what is done to the case for both. Default: as it is. */
  readonly run?: typeof runCase;
  readonly given?: (kernelCase: KernelCase) => KernelCase;
}

const GRID_KINDS: readonly ConvolutionKind[] = [
  'conv2d',
  'conv2dInputGradient',
  'conv2dFilterGradient',
  'depthwiseConv2d',
  'depthwiseConv2dInputGradient',
  'depthwiseConv2dFilterGradient',
];

/** One seed for all, so that a failure is a failure of the kernel and not of the day. */
const SEED = 20261123;

/** The assertions every backend's kernels are put through: each operation against the float64 reference. */
export function describeKernelContract(title: string, contract: KernelContract): void {
  describe(`kernels of ${title}`, () => {
    const reference = createReferenceBackend();
    let backend: KernelBackend;
    beforeAll(async () => {
      backend = await contract.create();
    });
    afterAll(() => backend.dispose());

    const kinds = contract.kinds ?? (Object.keys(KERNEL_CASES) as KernelKind[]);
    it.each(kinds)('%s agrees with the reference', async (kind) => {
      expect(backend.kernels.has(kind)).toBe(true);
      await fc.assert(
        fc.asyncProperty(KERNEL_CASES[kind], (kernelCase) =>
          expectAgreement(backend, reference, kernelCase, contract),
        ),
        { numRuns: contract.cases, seed: SEED },
      );
    });

    it.each(GRID_KINDS.filter((kind) => kinds.includes(kind)))(
      '%s agrees at every kernel size, stride and padding',
      async (kind) => {
        for (const kernelCase of convolutionGrid(kind)) {
          await expectAgreement(backend, reference, kernelCase, contract);
        }
      },
    );

    it('holds no buffer of a plan that was disposed of', async () => {
      const [kernelCase] = convolutionGrid('conv2d');
      await runCase(backend, kernelCase!);
      const { bytes, buffers } = { bytes: backend.heldBytes(), buffers: backend.heldBuffers() };
      for (let i = 0; i < 3; i += 1) await runCase(backend, kernelCase!);
      expect({ bytes: backend.heldBytes(), buffers: backend.heldBuffers() }).toEqual({ bytes, buffers });
    });
  });
}

async function expectAgreement(
  backend: KernelBackend,
  reference: KernelBackend,
  drawn: KernelCase,
  { tolerance, run = runCase, given = (each) => each }: KernelContract,
): Promise<void> {
  const kernelCase = given(drawn);
  const wanted = await runCase(reference, kernelCase);
  const found = await run(backend, kernelCase);
  for (const id of outputsOf(kernelCase)) {
    const distance = worstDistance(found.get(id)!, wanted.get(id)!);
    expect(distance, `buffer ${id} of ${JSON.stringify(kernelCase.call)}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Largest distance over the output's own scale; NaN (a value never written, or an overflow) counts as infinite. */
function worstDistance(found: Numbers, wanted: Numbers): number {
  let scale = 1;
  for (const value of wanted) scale = Math.max(scale, Math.abs(value));
  let worst = found.length === wanted.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < wanted.length; i += 1) {
    const distance = Math.abs(found[i]! - wanted[i]!);
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  }
  return worst / scale;
}
