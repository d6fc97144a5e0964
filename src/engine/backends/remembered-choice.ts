import * as v from 'valibot';
import type { BackendName } from '../../core/api';
import { recall, remember } from './remembered';

const STORE = 'thaw-backend-choice';

/** What was measured on a machine: kept for the next visit, since on a graphics processor measuring compiles shaders. */
export interface RememberedChoice {
  readonly backend: BackendName;
  readonly headBackend?: BackendName;
  readonly probes: readonly {
    readonly backend: BackendName;
    readonly probeMs: number | null;
    readonly headProbeMs?: number;
  }[];
}

const BACKEND = v.picklist(['webgpu', 'webgl', 'wasm', 'cpu', 'reference']);

const CHOICE = v.object({
  backend: BACKEND,
  headBackend: v.exactOptional(BACKEND),
  probes: v.array(
    v.object({ backend: BACKEND, probeMs: v.nullable(v.number()), headProbeMs: v.exactOptional(v.number()) }),
  ),
}) satisfies v.GenericSchema<unknown, RememberedChoice>;

/**
 * @param machine names everything the measurement depends on; another adapter or version is another machine
 * @returns null, too, for what somebody has changed into no such choice
 */
export async function rememberedChoice(machine: string): Promise<RememberedChoice | null> {
  const read = v.safeParse(CHOICE, await recall(STORE, machine));
  return read.success ? read.output : null;
}

export async function rememberChoice(machine: string, choice: RememberedChoice): Promise<void> {
  await remember(STORE, machine, choice, 'forgotten');
}
