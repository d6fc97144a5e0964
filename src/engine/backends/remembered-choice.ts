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

/** @param machine names everything the measurement depends on; another adapter or version is another machine */
export async function rememberedChoice(machine: string): Promise<RememberedChoice | null> {
  return (await recall(STORE, machine)) as RememberedChoice | null;
}

export async function rememberChoice(machine: string, choice: RememberedChoice): Promise<void> {
  await remember(STORE, machine, choice, 'forgotten');
}
