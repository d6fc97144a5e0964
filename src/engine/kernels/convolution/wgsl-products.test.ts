import { describe, expect, it } from 'vitest';
import { createReferenceBackend } from '../reference/reference-backend';
import { type ConvolutionKind, convolutionCase, convolutionGeometry } from '../testing/convolution-cases';
import { outputsOf } from '../testing/kernel-case';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { runCase } from '../testing/run-case';
import { requestWebGpuDevice } from '../webgpu/device';
import { createWebGpuBackend } from '../webgpu/webgpu-backend';
import { HARDWARE_TUNING, PRODUCT_VARIANTS } from '../wgsl/tuning';

/** Places × input × output channels: within a tile, across its edges, several tiles. */
const SHAPES = [
  { places: 5, inputChannels: 4, outputChannels: 4 },
  { places: 297, inputChannels: 12, outputChannels: 36 },
  { places: 130, inputChannels: 72, outputChannels: 68 },
  { places: 64, inputChannels: 64, outputChannels: 128 },
] as const;
const KINDS: readonly ConvolutionKind[] = ['conv2d', 'conv2dInputGradient', 'conv2dFilterGradient'];

await describeOnWebGpu('products', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const reference = createReferenceBackend();

  describe.each(PRODUCT_VARIANTS)('products as %s', (variant) => {
    const product = { forward: variant, inputGradient: variant, filterGradient: variant };
    it.each(KINDS)('%s agrees with the reference at every shape', async (kind) => {
      const backend = await createWebGpuBackend({ device, tuning: { ...HARDWARE_TUNING, product } });
      for (const [seed, { places, inputChannels, outputChannels }] of SHAPES.entries()) {
        const geometry = convolutionGeometry({
          batch: 1,
          height: 1,
          width: places,
          inputChannels,
          outputChannels,
          kernel: [1, 1],
          stride: [1, 1],
          dilation: [1, 1],
          padding: 'valid',
          groups: 1,
        });
        const extras = { activation: 'relu6', bias: true, residual: true, write: 'add', seed } as const;
        const kernelCase = convolutionCase(kind, geometry, extras);
        const wanted = await runCase(reference, kernelCase);
        const found = await runCase(backend, kernelCase);
        for (const id of outputsOf(kernelCase)) {
          const scale = Math.max(...wanted.get(id)!.map(Math.abs));
          const worst = Math.max(...found.get(id)!.map((value, i) => Math.abs(value - wanted.get(id)![i]!)));
          expect(worst / scale, `${kind} of ${places}x${inputChannels}x${outputChannels}`).toBeLessThan(1e-5);
        }
      }
      backend.dispose();
    });
  });
});
