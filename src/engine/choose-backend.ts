import type { BackendName } from '../core/api';
import { ThawError, toFailure } from '../core/errors';
import type { Warning } from '../core/train-config';
import type { MachineReport } from '../core/worker-contract';
import { type BackendDescription, describeBackend, startBackend, type TfjsBackend } from './tfjs/backends';
import { probeMs } from './tfjs/probe';

export type ChosenBackend = Pick<
  MachineReport,
  'backend' | 'adapter' | 'acceleration' | 'warnings' | 'probes'
>;

type Probe = MachineReport['probes'][number];

/** In the order of preference where two are equally fast. */
const FALLBACKS: readonly TfjsBackend[] = ['wasm', 'cpu', 'webgl', 'webgpu'];

const TITLES: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'plain JavaScript',
  reference: 'the reference backend',
};

/**
 * Chooses and starts a backend: WebGPU where it runs on a graphics processor; else the fastest of what
 * there is, by a short measurement, and a warning that says so.
 *
 * @param forced taken as it is
 * @throws ThawError `backend-unavailable` where the forced one cannot be had, or none at all
 */
export async function chooseBackend(forced: BackendName | null): Promise<ChosenBackend> {
  if (forced !== null) return startForced(forced);
  const webgpu = await describeBackend('webgpu').catch(toFailure);
  if ('acceleration' in webgpu && webgpu.acceleration === 'gpu') {
    try {
      const description = await startBackend('webgpu');
      return {
        backend: 'webgpu',
        ...description,
        warnings: [],
        probes: [{ backend: 'webgpu', probeMs: null, reason: 'runs on a graphics processor' }],
      };
    } catch {
      // An adapter that gives no device: go on with what else there is.
    }
  }
  const measured = await measureFallbacks();
  const best = measured.filter(isUsable).sort((a, b) => a.probe.probeMs - b.probe.probeMs)[0];
  if (best === undefined) {
    throw new ThawError(
      'backend-unavailable',
      'Nothing in this browser can run a network. Try a recent Chrome, Edge, Firefox or Safari.',
    );
  }
  const backend = best.probe.backend as TfjsBackend;
  const description = await startBackend(backend);
  return {
    backend,
    ...description,
    warnings: [fallbackWarning(backend, webgpu)],
    probes: measured.map(({ probe }) => probe),
  };
}

async function startForced(backend: BackendName): Promise<ChosenBackend> {
  if (backend === 'reference') {
    return {
      backend,
      adapter: 'float64 in TypeScript on the processor',
      acceleration: 'none',
      warnings: [],
      probes: [{ backend, probeMs: null, reason: 'asked for' }],
    };
  }
  const description = await startBackend(backend);
  const warnings: Warning[] =
    description.acceleration === 'software'
      ? [
          {
            code: 'fallback-backend',
            message: `${TITLES[backend]} was asked for and runs on a software adapter (${description.adapter}) instead of a graphics processor, so training is slow.`,
          },
        ]
      : [];
  return { backend, ...description, warnings, probes: [{ backend, probeMs: null, reason: 'asked for' }] };
}

interface Measured {
  readonly probe: Probe;
}

async function measureFallbacks(): Promise<Measured[]> {
  const all: Measured[] = [];
  for (const backend of FALLBACKS) {
    try {
      const { acceleration, adapter } = await describeBackend(backend);
      if (acceleration === 'software' && all.some(isUsable)) {
        // Its shaders alone compile for longer than the whole measurement may take, and on a processor it
        // has lost to WebAssembly by a factor of ten and more wherever it was tried.
        const reason = `not measured: a software adapter (${adapter}) stands in for the graphics processor`;
        all.push({ probe: { backend, probeMs: null, reason } });
        continue;
      }
      await startBackend(backend);
      all.push({ probe: { backend, probeMs: await probeMs(), reason: `measured on ${adapter}` } });
    } catch (error) {
      all.push({ probe: { backend, probeMs: null, reason: toFailure(error).message } });
    }
  }
  return all;
}

function isUsable(
  measured: Measured,
): measured is Measured & { readonly probe: { readonly probeMs: number } } {
  return measured.probe.probeMs !== null;
}

function fallbackWarning(
  backend: TfjsBackend,
  webgpu: BackendDescription | { readonly message: string },
): Warning {
  const why =
    'adapter' in webgpu
      ? `WebGPU has only a software adapter here (${webgpu.adapter}).`
      : webgpu.message.split('. ')[0]!.replace(/\.?$/, '.');
  return {
    code: 'fallback-backend',
    message: `${why} Thaw works with ${TITLES[backend]} instead, the fastest in a short measurement; on a graphics processor it would be faster.`,
  };
}
