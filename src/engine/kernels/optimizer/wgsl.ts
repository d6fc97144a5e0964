import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { float } from '../wgsl/shader';

export function sgdUpdate(call: CallOf<'sgdUpdate'>, context: WgslContext): void {
  const { momentum, weightDecay } = call;
  const shader = context.shader(call);
  const g = shader.reads('g', context.range(call.inputs.gradient), 4);
  const w = shader.updates('w', context.range(call.outputs.weights), 4);
  const v =
    call.outputs.velocity === null ? null : shader.updates('v', context.range(call.outputs.velocity), 4);
  const rate = shader.scalar(call.learningRate);
  const moment = v === null ? '' : `step = ${float(momentum)} * ${v}[i] + step; ${v}[i] = step;`;
  const body = `var step = ${g}[i] + ${float(weightDecay)} * ${w}[i]; ${moment} ${w}[i] -= ${rate} * step;`;
  context.add(shader.finish({ threads: Math.ceil(call.elements / 4), body }));
}

export function adamUpdate(call: CallOf<'adamUpdate'>, context: WgslContext): void {
  const { beta1, beta2, epsilon, weightDecay, decay } = call;
  const shader = context.shader(call);
  const g = shader.reads('g', context.range(call.inputs.gradient), 4);
  const w = shader.updates('w', context.range(call.outputs.weights), 4);
  const m = shader.updates('m', context.range(call.outputs.firstMoment), 4);
  const v = shader.updates('v', context.range(call.outputs.secondMoment), 4);
  const rate = shader.scalar(call.learningRate);
  const [l2, shrink] =
    decay === 'l2'
      ? [` + ${float(weightDecay)} * weight`, '']
      : ['', `weight *= 1.0 - ${rate} * ${float(weightDecay)};`];
  const body = `var weight = ${w}[i];
let gradient = ${g}[i]${l2};
${shrink}
let first = ${float(beta1)} * ${m}[i] + ${float(1 - beta1)} * gradient;
let second = ${float(beta2)} * ${v}[i] + ${float(1 - beta2)} * gradient * gradient;
${m}[i] = first;
${v}[i] = second;
${w}[i] = weight - ${shader.scalar(call.stepSize)} * first / (sqrt(second) * ${shader.scalar(call.varianceScale)} + ${float(epsilon)});`;
  context.add(shader.finish({ threads: Math.ceil(call.elements / 4), body }));
}
