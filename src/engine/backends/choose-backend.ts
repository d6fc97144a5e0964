import { version } from '../../../package.json';
import type { BackendName, ExecutorName } from '../../core/api';
import { ThawError, toFailure } from '../../core/errors';
import type { Warning } from '../../core/options/train-config';
import { chooseTfjsBackend } from './choose-tfjs-backend';
import { BACKEND_TITLES, type ChosenBackend, type WebgpuAnswer, whyNoGraphics } from './chosen-backend';
import { type BackendDescription, describeBackend } from './describe-backend';
import { isPlanBackend, kernelBackend, type PlanBackendName } from './kernel-backends';
import { probePlan } from './probe-plan';
import { rememberChoice, rememberedChoice } from './remembered-choice';

type Probe = ChosenBackend['probes'][number];

/** A graphics processor that answers later than this is not waited for: the page has to begin. */
const PATIENCE_MS = 1500;

/**
 * Chooses and starts what runs networks: among step plans on a graphics processor and on the processor, the
 * faster in a short measurement with a real plan; where neither runs, TensorFlow.js on the fastest of its
 * backends. Says so where it is not a graphics processor.
 *
 * @param forced taken as it is
 * @param executor taken as it is; default: step plans where the backend has kernels
 * @param head taken as it is, for the steps of a head on kept features; default: as measured, or the forced one
 * @throws ThawError `backend-unavailable` where the forced one cannot be had, or none at all
 */
export async function chooseBackend(
  forced: BackendName | null,
  executor: ExecutorName | null = null,
  head: BackendName | null = null,
): Promise<ChosenBackend> {
  if (forced !== null) return startForced(forced, executor, head);
  const webgpu = await describeBackend('webgpu').catch(toFailure);
  if (executor === 'tfjs') return chooseTfjsBackend(webgpu);
  const candidates: PlanBackendName[] = isGraphicsProcessor(webgpu) ? ['webgpu', 'wasm'] : ['wasm'];
  const machine = [version, navigator.userAgent, 'adapter' in webgpu ? webgpu.adapter : ''].join(' | ');
  const remembered = candidates.length > 1 ? await rememberedChoice(machine) : null;
  if (remembered !== null) {
    const chosen = await chooseAgain(remembered.backend, candidates);
    if (chosen !== null) {
      const probes = remembered.probes.map((probe) => ({ ...probe, reason: 'measured on an earlier visit' }));
      const other = head ?? (await chooseAgain(remembered.headBackend, candidates)) ?? chosen;
      return finished(chosen, other, webgpu, probes);
    }
  }
  const probes: Probe[] = [];
  for (const candidate of candidates) probes.push(await measured(candidate));
  const usable = probes.filter((probe) => probe.probeMs !== null);
  const best = usable.sort((a, b) => a.probeMs! - b.probeMs!)[0];
  const bestHead = [...usable].sort((a, b) => a.headProbeMs! - b.headProbeMs!)[0];
  if (best === undefined || bestHead === undefined) return chooseTfjsBackend(webgpu);
  const { backend } = best;
  const headBackend = bestHead.backend;
  if (candidates.length > 1) await rememberChoice(machine, { backend, headBackend, probes });
  return finished(backend, head ?? headBackend, webgpu, probes);
}

async function startForced(
  backend: BackendName,
  executor: ExecutorName | null,
  head: BackendName | null,
): Promise<ChosenBackend> {
  const withPlan = isPlanBackend(backend) && executor !== 'tfjs';
  if (backend === 'reference' && !withPlan) {
    throw new ThawError('backend-unavailable', 'The reference backend runs step plans only.');
  }
  const description = await describeBackend(backend);
  // What cannot be had is refused now, not with the first network.
  if (withPlan) await kernelBackend(backend);
  else await (await import('../tfjs/backends')).startBackend(backend as Exclude<BackendName, 'reference'>);
  const warnings: Warning[] = [];
  if (description.acceleration === 'software') {
    const message = `${BACKEND_TITLES[backend]} was asked for and runs on a software adapter (${description.adapter}) instead of a graphics processor, so training is slow.`;
    warnings.push({ code: 'fallback-backend', message });
  }
  const probes = [{ backend, probeMs: null, reason: 'asked for' }];
  const other = withPlan ? await otherForHeads(backend, head) : {};
  return { backend, executor: withPlan ? 'plan' : 'tfjs', ...other, ...description, warnings, probes };
}

async function chooseAgain(
  backend: BackendName | undefined,
  candidates: readonly PlanBackendName[],
): Promise<PlanBackendName | null> {
  const candidate = candidates.find((name) => name === backend);
  if (candidate === undefined) return null;
  return kernelBackend(candidate).then(
    () => candidate,
    () => null,
  );
}

async function measured(backend: PlanBackendName): Promise<Probe> {
  try {
    const kernels = await kernelBackend(backend);
    const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
    const probe = await Promise.race([probePlan(kernels), late]);
    if (probe === null) return { backend, probeMs: null, reason: `took longer than ${PATIENCE_MS} ms` };
    const { stepMs, evaluationMs, headStepMs } = probe;
    const reason = `a small step on ${kernels.description}; its frozen features take ${evaluationMs.toFixed(1)} ms, a step of the head on kept features ${headStepMs.toFixed(2)} ms`;
    return { backend, probeMs: stepMs, headProbeMs: headStepMs, reason };
  } catch (error) {
    return { backend, probeMs: null, reason: toFailure(error).message };
  }
}

async function finished(
  backend: BackendName,
  head: BackendName,
  webgpu: WebgpuAnswer,
  probes: readonly Probe[],
): Promise<ChosenBackend> {
  const description = await describeBackend(backend);
  const warnings = backend === 'webgpu' ? [] : [processorWarning(webgpu)];
  const other = await otherForHeads(backend, head);
  return { backend, executor: 'plan', ...other, ...description, warnings, probes };
}

/** @throws ThawError `backend-unavailable` where the other one has no step plans, or cannot be had */
async function otherForHeads(
  backend: BackendName,
  head: BackendName | null,
): Promise<Pick<ChosenBackend, 'headBackend'>> {
  if (head === null || head === backend) return {};
  if (!isPlanBackend(head)) {
    throw new ThawError(
      'backend-unavailable',
      `The address asks for ${BACKEND_TITLES[head]} to train heads, which runs no step plans. Ask for ?head=wasm.`,
    );
  }
  await kernelBackend(head);
  return { headBackend: head };
}

function processorWarning(webgpu: WebgpuAnswer): Warning {
  const title = BACKEND_TITLES.wasm;
  if (isGraphicsProcessor(webgpu)) {
    const message = `The graphics processor (${webgpu.adapter}) was slower in a short measurement. Thaw works with ${title} on the processor instead.`;
    return { code: 'fallback-backend', message };
  }
  const message = `${whyNoGraphics(webgpu)} Thaw works with ${title} on the processor instead; on a graphics processor it would be faster.`;
  return { code: 'fallback-backend', message };
}

function isGraphicsProcessor(webgpu: WebgpuAnswer): webgpu is BackendDescription {
  return 'acceleration' in webgpu && webgpu.acceleration === 'gpu';
}
