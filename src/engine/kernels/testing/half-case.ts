import type { KernelBackend, Numbers } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall } from '../../step-plan/operations';
import { aligned, type NumberFormat, type PlanBuffer, type StepPlan, wordsOf } from '../../step-plan/plan';
import { GRADIENT_SCALE } from '../wgsl/half-access';
import type { KernelCase } from './kernel-case';
import { planOf, runPlan } from './run-case';

/** The ports of calls that activations and their gradients pass through, and in which format. */
const FORMATS: Readonly<Record<string, NumberFormat>> = {
  input: 'half',
  residual: 'half',
  output: 'half',
  a: 'half',
  b: 'half',
  outputGradient: 'scaledHalf',
  inputGradient: 'scaledHalf',
};

/**
 * Runs a case on twins of its activations and gradients that are kept in halves, as far as the backend can: they are copied
 * into the twins before, and out of them after.
 */
export async function runCaseInHalves(
  backend: KernelBackend,
  kernelCase: KernelCase,
): Promise<ReadonlyMap<BufferId, Numbers>> {
  return runPlan(backend, inHalves(backend, planOf(backend, kernelCase)), kernelCase);
}

/** @returns how many buffers of the case's plan are kept in halves */
export function halvesOf(backend: KernelBackend, kernelCase: KernelCase): number {
  const { buffers } = inHalves(backend, planOf(backend, kernelCase));
  return buffers.filter(({ format }) => format !== 'float32').length;
}

/** The case with its activations and gradients rounded to what halves hold, so that gates are where they are for both. */
export function roundedCase(kernelCase: KernelCase): KernelCase {
  const formats = wantedFormats([kernelCase.call, ...(kernelCase.following ?? [])]);
  const buffers = kernelCase.buffers.map((values, id) => {
    const scale = formats.get(id) === 'scaledHalf' ? GRADIENT_SCALE : 1;
    return formats.has(id) ? values.map((value) => roundToHalf(value * scale) / scale) : values;
  });
  return { ...kernelCase, buffers };
}

/** To binary16, halves to even; beyond its range as it is. */
function roundToHalf(value: number): number {
  if (value === 0 || Number.isNaN(value)) return value;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  const unit = 2 ** (exponent - 10);
  const below = Math.floor(value / unit);
  const rest = value / unit - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return (below + Number(isUp)) * unit;
}

function inHalves(backend: KernelBackend, plan: StepPlan): StepPlan {
  const wanted = wantedFormats(plan.calls);
  const allowing = plan.buffers.map((buffer, id) => ({ ...buffer, format: wanted.get(id) ?? buffer.format }));
  const compact = backend.compactable({ ...plan, buffers: allowing });
  const buffers: PlanBuffer[] = [...plan.buffers];
  let { arenaWords: end } = plan;
  const twins = new Map<BufferId, BufferId>();
  for (const id of compact) {
    const twin = { ...plan.buffers[id]!, format: wanted.get(id)!, offset: end };
    end += aligned(wordsOf(twin));
    twins.set(id, buffers.push(twin) - 1);
  }
  const copy = (input: BufferId, output: BufferId): KernelCall => {
    const { elements } = buffers[input]!;
    const base = { kind: 'rescale', layer: 'copy', scale: 1, offset: 0 } as const;
    return { ...base, elements, inputs: { input }, outputs: { output } };
  };
  const calls = [
    ...[...twins].map(([id, twin]) => copy(id, twin)),
    ...plan.calls.map((call) => throughTwins(call, twins)),
    ...[...twins].map(([id, twin]) => copy(twin, id)),
  ];
  return { ...plan, buffers, calls, scratch: calls.map(() => null), segments: [end], arenaWords: end };
}

function wantedFormats(calls: readonly KernelCall[]): ReadonlyMap<BufferId, NumberFormat> {
  const wanted = new Map<BufferId, NumberFormat>();
  for (const call of calls) {
    // The sum of a bias' gradient: of a variable.
    if (call.kind === 'sumRows') continue;
    for (const [port, id] of Object.entries({ ...call.inputs, ...call.outputs })) {
      const format = FORMATS[port];
      if (format !== undefined && id !== null && !wanted.has(id)) wanted.set(id, format);
    }
  }
  return wanted;
}

function throughTwins(call: KernelCall, twins: ReadonlyMap<BufferId, BufferId>): KernelCall {
  const through = (ports: Readonly<Record<string, BufferId | null>>) =>
    Object.fromEntries(
      Object.entries(ports).map(([port, id]) => [port, id === null ? null : (twins.get(id) ?? id)]),
    );
  return { ...call, inputs: through(call.inputs), outputs: through(call.outputs) } as KernelCall;
}
