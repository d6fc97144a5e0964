import type {
  BatchNormInputGradientCall,
  BatchNormParameterGradientCall,
} from '../../step-plan/calls/normalisation';
import { slopeFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { columnsOf, EACH_ALONE, type PartsReader } from '../wgsl/parts-reader';
import { PARTS_READ_INLINE, partElements, partsDispatch, planRowReduction } from '../wgsl/row-reduction';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { type Lanes, lanesFor, typeOf, type WgslShader } from '../wgsl/shader';
import { affineOf, alongRows, readStatistics } from './wgsl-apply';

/** x̂ and dz of one element; the pre-activation is worked out again from x. */
const GRADIENT_OF_ELEMENT = (call: { readonly activation: string }, x: string, dy: string) =>
  `let value = ${x}[at];
let normalised = (value - mean) * inverse;
let dz = ${dy}${call.activation === 'linear' ? '' : ' * slope(value * scale + shift)'};`;

/** The first pass, over any `dy`. */
function sumStatements(
  call: BatchNormParameterGradientCall,
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
  dy: string,
) {
  const statistics = readStatistics(call.inputs, context, shader, lanes);
  const affine = affineOf(call.inputs, call.epsilon, context, shader, lanes);
  const x = shader.reads('normalisedInput', context.range(call.inputs.input), lanes);
  return {
    before: `${statistics}\n${affine}`,
    each: `${GRADIENT_OF_ELEMENT(call, x, dy)}\na += dz;\nb += dz * normalised;`,
    after: '',
    merge: 'a += otherA;\nb += otherB;',
    declarations: slopeFunction(call.activation, lanes, 'input'),
  };
}

/** Taken along by the kernel that makes the output's gradient. */
export function gradientSums(call: BatchNormParameterGradientCall): RowSums {
  return (context, shader, lanes) => ({
    ...sumStatements(call, context, shader, lanes, 'result'),
    first: '',
  });
}

function gradientParts(call: BatchNormParameterGradientCall, context: WgslContext): SumParts {
  const { rows, channels } = call;
  const lanes = lanesFor(channels);
  const reduction = planRowReduction(context, { rows, channels, lanes, sums: 2 });
  const parts = context.scratch(partElements(reduction));
  const shader = context.shader(call, 'parts');
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const { declarations, ...statements } = sumStatements(call, context, shader, lanes, `${dy}[at]`);
  context.add(partsDispatch(context, shader, reduction, parts, statements, { declarations }));
  return { reduction, parts };
}

/** Declares the two sums of channel c; `width` must stand. */
function addParts({ reduction, parts }: SumParts, shader: WgslShader, { over, total }: PartsReader): string {
  const t = typeOf(reduction.lanes);
  const p = shader.reads('partSums', parts, reduction.lanes);
  shader.sizes('u32', { parts: reduction.parts });
  return `var betaSum = ${t}(0);
var gammaSum = ${t}(0);
${over(`betaSum += ${p}[part * 2u * width + c];
gammaSum += ${p}[part * 2u * width + width + c];`)}
${total('betaSum')}
${total('gammaSum')}`;
}

export function batchNormParameterGradient(
  call: BatchNormParameterGradientCall,
  context: WgslContext,
  taken: SumParts | null = null,
): void {
  const done = taken ?? gradientParts(call, context);
  const { lanes } = done.reduction;
  const shader = context.shader(call);
  const dgamma = shader.writes('dgamma', context.range(call.outputs.gammaGradient), lanes);
  const dbeta = shader.writes('dbeta', context.range(call.outputs.betaGradient), lanes);
  const width = call.channels / lanes;
  const { reader, c, isWriter, workers } = columnsOf(context, width, lanes);
  shader.sizes('u32', { width });
  const body = `let c = ${c};
${addParts(done, shader, reader)}
if (${isWriter}) {\n${dgamma}[c] = gammaSum;\n${dbeta}[c] = betaSum;\n}`;
  context.add(shader.finish({ ...workers, body }));
}

export function batchNormInputGradient(call: BatchNormInputGradientCall, context: WgslContext): void {
  inputGradient(call, context, null);
}

/**
 * Both passes of the backward of a BatchNorm in two dispatches: every thread adds up its channel's parts.
 * @param taken the parts, where the kernel that made the output's gradient took them along
 * @returns false where there are too many parts for that
 */
export function parameterThenInputGradient(
  parameters: BatchNormParameterGradientCall,
  call: BatchNormInputGradientCall,
  context: WgslContext,
  taken: SumParts | null,
): boolean {
  const { rows, channels } = call;
  const lanes = lanesFor(channels);
  const { parts } = taken?.reduction ?? planRowReduction(context, { rows, channels, lanes, sums: 2 });
  if (parts > PARTS_READ_INLINE) return false;
  inputGradient(call, context, taken ?? gradientParts(parameters, context));
  return true;
}

function inputGradient(call: BatchNormInputGradientCall, context: WgslContext, done: SumParts | null): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const shader = context.shader(call);
  const statistics = readStatistics(call.inputs, context, shader, lanes);
  const affine = affineOf(call.inputs, epsilon, context, shader, lanes);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const gammaRange = optionalRange(context, call.inputs.gammaGradient);
  const betaRange = optionalRange(context, call.inputs.betaGradient);
  let sums = '';
  let through = '';
  if (gammaRange && betaRange) {
    through = ' - (betaSum + normalised * gammaSum) / f32(rows)';
    if (done) {
      const dgamma = shader.writes('dgamma', gammaRange, lanes);
      const dbeta = shader.writes('dbeta', betaRange, lanes);
      sums = `${addParts(done, shader, EACH_ALONE)}
if (begin == 0u) {\n${dgamma}[c] = gammaSum;\n${dbeta}[c] = betaSum;\n}`;
    } else {
      const dgamma = shader.reads('dgamma', gammaRange, lanes);
      const dbeta = shader.reads('dbeta', betaRange, lanes);
      sums = `let gammaSum = ${dgamma}[c];\nlet betaSum = ${dbeta}[c];`;
    }
  }
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), lanes);
  const { start, loop, ...threads } = alongRows(context, shader, rows, channels / lanes);
  const body = `${start}
${statistics}
${affine}
${sums}
${loop(`${GRADIENT_OF_ELEMENT(call, x, `${dy}[at]`)}\n${dx}[at] = scale * (dz${through});`)}`;
  const declarations = slopeFunction(call.activation, lanes, 'input');
  context.add(shader.finish({ ...threads, declarations, body }));
}
