import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';

/** One workgroup: a thread takes every 64th picture, and the first adds up in a fixed order. */
export function softmaxCrossEntropy(call: CallOf<'softmaxCrossEntropy'>, context: WgslContext): void {
  const { batch, classes } = call;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.logits), 1);
  const labels = shader.reads('labels', context.range(call.inputs.labels), 1);
  const weights =
    call.inputs.classWeights === null
      ? null
      : shader.reads('classWeights', context.range(call.inputs.classWeights), 1);
  const outcome = shader.writes('outcome', context.range(call.outputs.outcome), 1);
  const gradient =
    call.outputs.logitsGradient === null
      ? null
      : shader.writes('dx', context.range(call.outputs.logitsGradient), 1);
  const weightOf = (n: string) => (weights === null ? '1.0' : `${weights}[u32(${labels}[${n}])]`);
  const body = `var total = ${batch}.0;
${weights === null ? '' : `total = 0.0; for (var n = 0u; n < ${batch}u; n++) { total += ${weightOf('n')}; }`}
var loss = 0.0;
var correct = 0.0;
for (var n = lane; n < ${batch}u; n += 64u) {
  let row = n * ${classes}u;
  let label = u32(${labels}[n]);
  var largest = ${x}[row];
  var best = 0u;
  for (var k = 1u; k < ${classes}u; k++) { if (${x}[row + k] > largest) { largest = ${x}[row + k]; best = k; } }
  var sum = 0.0;
  for (var k = 0u; k < ${classes}u; k++) { sum += exp(${x}[row + k] - largest); }
  let share = ${weightOf('n')} / total;
  loss -= share * (${x}[row + label] - largest - log(sum));
  correct += select(0.0, 1.0, best == label);
  ${
    gradient === null
      ? ''
      : `for (var k = 0u; k < ${classes}u; k++) {
    ${gradient}[row + k] = share * (exp(${x}[row + k] - largest) / sum - select(0.0, 1.0, k == label));
  }`
  }
}
sums[lane] = vec2f(loss, correct);
workgroupBarrier();
if (lane == 0u) {
  var both = sums[0];
  for (var s = 1u; s < 64u; s++) { both += sums[s]; }
  ${outcome}[0] = both.x;
  ${outcome}[1] = both.y;
}`;
  context.add(shader.finish({ groups: 1, declarations: 'var<workgroup> sums: array<vec2f, 64>;', body }));
}
