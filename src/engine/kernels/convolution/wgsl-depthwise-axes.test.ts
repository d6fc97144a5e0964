import { describe, expect, it } from 'vitest';
import { convolutionGeometry } from '../testing/convolution-cases';
import { type Axis, blockAxes, type Made } from './wgsl-depthwise-axes';

interface Layer {
  readonly made: Made;
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
}

function axesOf({ made, size, kernel, stride }: Layer) {
  const g = convolutionGeometry({
    batch: 1,
    height: size,
    width: size,
    inputChannels: 8,
    outputChannels: 8,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    dilation: [1, 1],
    padding: 'same',
    groups: 8,
  });
  return { g, ...blockAxes(made, g) };
}

const LAYERS: readonly Layer[] = (['output', 'inputGradient'] as const).flatMap((made) =>
  [1, 3, 6, 7, 9, 12, 16].flatMap((size) =>
    [3, 5].flatMap((kernel) => [1, 2].map((stride) => ({ made, size, kernel, stride }))),
  ),
);

/** Value of `axis.firstPixel`, which is WGSL: `position * 2 - 1` or `position / 2` on whole numbers. */
function firstPixel(axis: Axis, position: number): number {
  const [, first, operator, by, pad = '0'] = /^(\d+) ([*/]) (\d+)(?: - (\d+))?$/.exec(
    axis.firstPixel(String(position)),
  )!;
  const scaled = operator === '*' ? Number(first) * Number(by) : Math.trunc(Number(first) / Number(by));
  return scaled - Number(pad);
}

describe('An axis of a depthwise block', () => {
  it.each(LAYERS)('holds each pixel that goes into each result: %o', (layer) => {
    const { g, vertical } = axesOf(layer);
    const found: string[] = [];
    for (let begin = 0; begin < vertical.size; begin += vertical.block) {
      for (const { result, tap, pixel } of vertical.uses) {
        const at = firstPixel(vertical, begin) + pixel;
        const isInside = at >= 0 && at < vertical.sourceSize;
        if (begin + result < vertical.size && isInside) found.push(`${begin + result} ${tap} ${at}`);
      }
    }
    const wanted: string[] = [];
    for (let output = 0; output < g.outputHeight; output += 1) {
      for (let tap = 0; tap < layer.kernel; tap += 1) {
        const input = output * layer.stride - g.padTop + tap;
        if (input < 0 || input >= g.inputHeight) continue;
        wanted.push(layer.made === 'output' ? `${output} ${tap} ${input}` : `${input} ${tap} ${output}`);
      }
    }
    expect(found.sort()).toEqual(wanted.sort());
  });

  it.each(LAYERS)('checks those pixels that lie outside for some block: %o', (layer) => {
    const { vertical } = axesOf(layer);
    for (const pixel of vertical.pixels) {
      const places: number[] = [];
      for (let begin = 0; begin < vertical.size; begin += vertical.block)
        places.push(firstPixel(vertical, begin) + pixel);
      expect(vertical.mayPrecede(pixel)).toBe(places.some((place) => place < 0));
      expect(vertical.mayExceed(pixel)).toBe(places.some((place) => place >= vertical.sourceSize));
    }
  });

  it('is cut into whole blocks of up to four', () => {
    const blocks = (layer: Omit<Layer, 'kernel'>) => {
      const { vertical, horizontal } = axesOf({ ...layer, kernel: 3 });
      return [vertical.block, horizontal.block];
    };
    expect(blocks({ made: 'output', size: 12, stride: 1 })).toEqual([4, 4]);
    expect(blocks({ made: 'output', size: 6, stride: 1 })).toEqual([3, 3]);
    expect(blocks({ made: 'output', size: 24, stride: 2 })).toEqual([2, 4]);
    expect(blocks({ made: 'inputGradient', size: 6, stride: 2 })).toEqual([2, 4]);
    expect(blocks({ made: 'inputGradient', size: 7, stride: 2 })).toEqual([2, 4]);
    expect(blocks({ made: 'output', size: 7, stride: 1 })).toEqual([1, 4]);
  });
});
