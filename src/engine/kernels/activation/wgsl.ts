import type { Activation } from '../../../core/graph/graph';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { type Lanes, typeOf } from '../wgsl/shader';

/**
 * Formulas as in `formulas.ts`, on f32 or vec4f. Arguments of exp are held where float32 is finite: WGSL
 * leaves what an infinity becomes to the implementation. erf after Abramowitz and Stegun 7.1.26
 * (absolute error 1.5e-7).
 */
const HELPERS = {
  sigmoid: (t: string) =>
    `fn sigmoid(x: ${t}) -> ${t} { return 1.0 / (1.0 + exp(clamp(-x, ${t}(-80), ${t}(80)))); }`,
  hardSigmoid: (t: string) =>
    `fn hardSigmoid(x: ${t}) -> ${t} { return clamp(x + 3.0, ${t}(0), ${t}(6)) / 6.0; }`,
  smoothTanh: (t: string) => `fn smoothTanh(x: ${t}) -> ${t} { return tanh(clamp(x, ${t}(-15), ${t}(15))); }`,
  normalCdf: (t: string) => `fn normalCdf(x: ${t}) -> ${t} {
let a = abs(x) * 0.70710678;
let k = 1.0 / (1.0 + 0.3275911 * a);
let p = ((((1.061405429 * k - 1.453152027) * k + 1.421413741) * k - 0.284496736) * k + 0.254829592) * k;
let tail = 0.5 * p * exp(max(-a * a, ${t}(-80)));
return select(tail, 1.0 - tail, x > ${t}(0));
}`,
  geluInner: (t: string) =>
    `fn geluInner(x: ${t}) -> ${t} { return 0.7978845608 * (x + 0.044715 * x * x * x); }`,
};

interface Formula {
  readonly helpers: readonly (keyof typeof HELPERS)[];
  readonly expression: (t: string) => string;
}

function formula(expression: Formula['expression'], ...helpers: readonly (keyof typeof HELPERS)[]): Formula {
  return { helpers, expression };
}

const ACTIVATIONS: Readonly<Record<Activation, Formula | null>> = {
  linear: formula(() => 'x'),
  relu: formula((t) => `max(x, ${t}(0))`),
  relu6: formula((t) => `clamp(x, ${t}(0), ${t}(6))`),
  silu: formula(() => 'x * sigmoid(x)', 'sigmoid'),
  hardSwish: formula(() => 'x * hardSigmoid(x)', 'hardSigmoid'),
  sigmoid: formula(() => 'sigmoid(x)', 'sigmoid'),
  hardSigmoid: formula(() => 'hardSigmoid(x)', 'hardSigmoid'),
  kerasHardSigmoid: formula((t) => `clamp(0.2 * x + 0.5, ${t}(0), ${t}(1))`),
  tanh: formula(() => 'smoothTanh(x)', 'smoothTanh'),
  gelu: formula(() => 'x * normalCdf(x)', 'normalCdf'),
  geluTanh: formula(() => '0.5 * x * (1.0 + smoothTanh(geluInner(x)))', 'smoothTanh', 'geluInner'),
  softmax: null,
};

const inside = (t: string, x: string, low: string, high: string, value: string) =>
  `select(${t}(0), ${t}(${value}), (${x} > ${t}(${low})) & (${x} < ${t}(${high})))`;

/** d activation / dx at x. */
const SLOPES: Readonly<Record<Activation, Formula | null>> = {
  linear: formula((t) => `${t}(1)`),
  relu: formula((t) => `select(${t}(0), ${t}(1), x > ${t}(0))`),
  relu6: formula((t) => inside(t, 'x', '0', '6', '1')),
  silu: formula(() => 'sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))', 'sigmoid'),
  hardSwish: formula((t) => `select(select(x / 3.0 + 0.5, ${t}(1), x >= ${t}(3)), ${t}(0), x <= ${t}(-3))`),
  sigmoid: formula(() => 'sigmoid(x) * (1.0 - sigmoid(x))', 'sigmoid'),
  hardSigmoid: formula((t) => inside(t, 'x', '-3', '3', '1.0 / 6.0')),
  kerasHardSigmoid: formula((t) => inside(t, 'x', '-2.5', '2.5', '0.2')),
  tanh: formula(() => '1.0 - smoothTanh(x) * smoothTanh(x)', 'smoothTanh'),
  gelu: formula((t) => `normalCdf(x) + x * exp(max(-0.5 * x * x, ${t}(-80))) * 0.3989422804`, 'normalCdf'),
  geluTanh: formula(
    () =>
      '0.5 * (1.0 + smoothTanh(geluInner(x))) + 0.5 * x * (1.0 - smoothTanh(geluInner(x)) * smoothTanh(geluInner(x))) * 0.7978845608 * (1.0 + 0.134145 * x * x)',
    'smoothTanh',
    'geluInner',
  ),
  softmax: null,
};

/** The same from y = activation(x). */
const SLOPES_FROM_OUTPUT: Readonly<Partial<Record<Activation, Formula>>> = {
  linear: formula((t) => `${t}(1)`),
  relu: formula((t) => `select(${t}(0), ${t}(1), x > ${t}(0))`),
  relu6: formula((t) => inside(t, 'x', '0', '6', '1')),
  sigmoid: formula(() => 'x * (1.0 - x)'),
  hardSigmoid: formula((t) => inside(t, 'x', '0', '1', '1.0 / 6.0')),
  kerasHardSigmoid: formula((t) => inside(t, 'x', '0', '1', '0.2')),
  tanh: formula(() => '1.0 - x * x'),
};

function functionOf(name: string, chosen: Formula | null | undefined, lanes: Lanes): string {
  if (!chosen) throw new RangeError(`No ${name} for this activation on single values.`);
  const t = typeOf(lanes);
  const helpers = chosen.helpers.map((helper) => HELPERS[helper](t)).join('\n');
  return `${helpers}\nfn ${name}(x: ${t}) -> ${t} { return ${chosen.expression(t)}; }`;
}

/** Declares `fn activate(x)`. */
export function activateFunction(activation: Activation, lanes: Lanes): string {
  return functionOf('activate', ACTIVATIONS[activation], lanes);
}

/** Declares `fn slope(x)`, of the input or of the output. */
export function slopeFunction(activation: Activation, lanes: Lanes, of: 'input' | 'output'): string {
  const table = of === 'input' ? SLOPES : SLOPES_FROM_OUTPUT;
  return functionOf('slope', table[activation], lanes);
}

export function activation(call: CallOf<'activation'>, context: WgslContext): void {
  const { rows, channels } = call;
  if (call.activation === 'softmax') {
    softmax(call, context);
    return;
  }
  const elements = rows * channels;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), 4);
  const y = shader.writes('y', context.range(call.outputs.output), 4);
  context.add(
    shader.finish({
      threads: Math.ceil(elements / 4),
      declarations: activateFunction(call.activation, 4),
      body: `${y}[i] = activate(${x}[i]);`,
    }),
  );
}

function softmax(call: CallOf<'activation'>, context: WgslContext): void {
  const { rows, channels } = call;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), 1);
  const y = shader.writes('y', context.range(call.outputs.output), 1);
  context.add(
    shader.finish({
      threads: rows,
      body: `let row = i * ${channels}u;
var largest = ${x}[row];
for (var c = 1u; c < ${channels}u; c++) { largest = max(largest, ${x}[row + c]); }
var sum = 0.0;
for (var c = 0u; c < ${channels}u; c++) { sum += exp(${x}[row + c] - largest); }
for (var c = 0u; c < ${channels}u; c++) { ${y}[row + c] = exp(${x}[row + c] - largest) / sum; }`,
    }),
  );
}

export function activationGradient(call: CallOf<'activationGradient'>, context: WgslContext): void {
  const { rows, channels } = call;
  const of = call.inputs.input === null ? 'output' : 'input';
  const point = context.range((call.inputs.input ?? call.inputs.output)!);
  const shader = context.shader(call);
  if (call.activation !== 'softmax') {
    const dy = shader.reads('dy', context.range(call.inputs.outputGradient), 4);
    const p = shader.reads('p', point, 4);
    const dx = shader.writes('dx', context.range(call.outputs.inputGradient), 4);
    const threads = Math.ceil((rows * channels) / 4);
    const declarations = slopeFunction(call.activation, 4, of);
    context.add(shader.finish({ threads, declarations, body: `${dx}[i] = ${dy}[i] * slope(${p}[i]);` }));
    return;
  }
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), 1);
  const y = shader.reads('y', point, 1);
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), 1);
  context.add(
    shader.finish({
      threads: rows,
      body: `let row = i * ${channels}u;
var along = 0.0;
for (var c = 0u; c < ${channels}u; c++) { along += ${dy}[row + c] * ${y}[row + c]; }
for (var c = 0u; c < ${channels}u; c++) { ${dx}[row + c] = ${y}[row + c] * (${dy}[row + c] - along); }`,
    }),
  );
}
