import type { BatchNormStatisticsCall } from '../../step-plan/calls/normalisation';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { columnsOf, type PartsReader } from '../wgsl/parts-reader';
import { partElements, partsDispatch, planRowReduction } from '../wgsl/row-reduction';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { float, lanesFor, typeOf, type WgslShader } from '../wgsl/shader';

/** Mean and sum of squared deviations of a part from sums about a pivot, a value of the channel: nothing cancels. */
const ABOUT_PIVOT = (value: string, vector: string) => ({
  each: `let d = ${value} - pivot;\na += d;\nb += d * d;`,
  after: `b = max(b - a * a / count, ${vector}(0));\na = pivot + a / count;`,
});

/** Mean and sum of squared deviations of two sets of rows as one (Chan, Golub and LeVeque 1983). */
const POOLED = `let weight = otherCount / max(count + otherCount, 1.0);
let d = otherA - a;
a += d * weight;
b += otherB + d * d * (count * weight);`;

/** The same first pass, taken along by the kernel that makes what is to be normalised. */
export function statisticsSums(): RowSums {
  return (_context, _shader, lanes) => ({
    ...ABOUT_PIVOT('result', typeOf(lanes)),
    before: '',
    first: 'pivot = result;',
    merge: POOLED,
    declarations: '',
  });
}

/** The first pass, about each part's first row. */
export function statisticsParts(call: BatchNormStatisticsCall, context: WgslContext): SumParts {
  const { rows, channels } = call;
  const lanes = lanesFor(channels);
  const reduction = planRowReduction(context, { rows, channels, lanes, sums: 2 });
  const parts = context.scratch(partElements(reduction));
  const shader = context.shader(call, 'parts');
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  context.add(
    partsDispatch(context, shader, reduction, parts, {
      before: `let pivot = ${x}[begin * width + c];`,
      ...ABOUT_PIVOT(`${x}[at]`, typeOf(lanes)),
    }),
  );
  return { reduction, parts };
}

/**
 * Declares `mean` and `variance` of channel c from the parts (`rows` and `width` must stand), pooled as Chan, Golub and LeVeque (1983) do, and
 * `keep`, which writes them and moves the running statistics.
 */
export function combineStatistics(
  call: BatchNormStatisticsCall,
  context: WgslContext,
  shader: WgslShader,
  { reduction, parts }: SumParts,
  { over, total }: PartsReader,
): { readonly combine: string; readonly keep: string } {
  const { lanes, share } = reduction;
  const t = typeOf(lanes);
  const p = shader.reads('partSums', parts, lanes);
  const mean = shader.writes('batchMean', context.range(call.outputs.mean), lanes);
  const variance = shader.writes('batchVariance', context.range(call.outputs.variance), lanes);
  shader.sizes('u32', { parts: reduction.parts, share });
  const combine = `var mean = ${t}(0);
${over(`mean += ${p}[part * 2u * width + c] * f32(min(share, rows - part * share));`)}
${total('mean')}
mean /= f32(rows);
var squares = ${t}(0);
${over(`let d = ${p}[part * 2u * width + c] - mean;
squares += ${p}[part * 2u * width + width + c] + d * d * f32(min(share, rows - part * share));`)}
${total('squares')}
let variance = squares / f32(rows);`;
  const movingMean = optionalRange(context, call.outputs.movingMean);
  const movingVariance = optionalRange(context, call.outputs.movingVariance);
  let keep = `${mean}[c] = mean;\n${variance}[c] = variance;`;
  if (movingMean && movingVariance) {
    const m = shader.updates('movingMean', movingMean, lanes);
    const v = shader.updates('movingVariance', movingVariance, lanes);
    const [old, fresh] = [float(call.momentum), float(1 - call.momentum)];
    keep += `
${m}[c] = ${old} * ${m}[c] + ${fresh} * mean;
${v}[c] = ${old} * ${v}[c] + ${fresh} * squares / max(1.0, f32(rows - 1u));`;
  }
  return { combine, keep };
}

export function batchNormStatistics(
  call: BatchNormStatisticsCall,
  context: WgslContext,
  taken: SumParts | null = null,
): void {
  const done = taken ?? statisticsParts(call, context);
  const shader = context.shader(call);
  const { lanes } = done.reduction;
  const width = call.channels / lanes;
  const { reader, c, isWriter, workers } = columnsOf(context, width, lanes);
  const { combine, keep } = combineStatistics(call, context, shader, done, reader);
  shader.sizes('u32', { rows: call.rows, width });
  const body = `let c = ${c};\n${combine}\nif (${isWriter}) {\n${keep}\n}`;
  context.add(shader.finish({ ...workers, body }));
}
