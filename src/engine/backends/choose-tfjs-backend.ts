import { ThawError, toFailure } from '../../core/errors';
import { BACKEND_TITLES, type ChosenBackend, type WebgpuAnswer, whyNoGraphics } from './chosen-backend';
import { describeBackend, type TfjsBackend } from './describe-backend';

type Probe = ChosenBackend['probes'][number];

/** In the order of preference where two are equally fast. */
const FALLBACKS: readonly TfjsBackend[] = ['wasm', 'cpu', 'webgl', 'webgpu'];

/**
 * The fastest backend of TensorFlow.js by a short measurement; WebGPU without one where it runs on a graphics
 * processor.
 * @throws ThawError `backend-unavailable`
 */
export async function chooseTfjsBackend(webgpu: WebgpuAnswer): Promise<ChosenBackend> {
  const { startBackend } = await import('../tfjs/backends');
  if ('acceleration' in webgpu && webgpu.acceleration === 'gpu') {
    try {
      const description = await startBackend('webgpu');
      const probes = [{ backend: 'webgpu' as const, probeMs: null, reason: 'runs on a graphics processor' }];
      return { backend: 'webgpu', executor: 'tfjs', ...description, warnings: [], probes };
    } catch {
      // An adapter that gives no device: go on with what else there is.
    }
  }
  const probes = await measureFallbacks();
  const usable = probes.filter((probe) => probe.probeMs !== null);
  const best = usable.sort((a, b) => a.probeMs! - b.probeMs!)[0];
  if (best === undefined) {
    throw new ThawError(
      'backend-unavailable',
      'Nothing in this browser can run a network. Try a recent Chrome, Edge, Firefox or Safari.',
    );
  }
  const backend = best.backend as TfjsBackend;
  const description = await startBackend(backend);
  const message = `${whyNoGraphics(webgpu)} Thaw works with ${BACKEND_TITLES[backend]} instead, the fastest in a short measurement; on a graphics processor it would be faster.`;
  const warnings = [{ code: 'fallback-backend' as const, message }];
  return { backend, executor: 'tfjs', ...description, warnings, probes };
}

async function measureFallbacks(): Promise<Probe[]> {
  const [{ startBackend }, { probeMs }] = await Promise.all([
    import('../tfjs/backends'),
    import('../tfjs/probe'),
  ]);
  const all: Probe[] = [];
  for (const backend of FALLBACKS) {
    try {
      const { acceleration, adapter } = await describeBackend(backend);
      if (acceleration === 'software' && all.some((probe) => probe.probeMs !== null)) {
        // Its shaders alone compile for longer than the whole measurement may take, and on a processor it
        // has lost to WebAssembly by a factor of ten and more wherever it was tried.
        const reason = `not measured: a software adapter (${adapter}) stands in for the graphics processor`;
        all.push({ backend, probeMs: null, reason });
        continue;
      }
      await startBackend(backend);
      all.push({ backend, probeMs: await probeMs(), reason: `measured on ${adapter}` });
    } catch (error) {
      all.push({ backend, probeMs: null, reason: toFailure(error).message });
    }
  }
  return all;
}
