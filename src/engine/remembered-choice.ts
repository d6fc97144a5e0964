import type { BackendName } from '../core/api';

const STORE = 'thaw-backend-choice';

/** What was measured on a machine: kept for the next visit, since on a graphics processor measuring compiles shaders. */
export interface RememberedChoice {
  readonly backend: BackendName;
  readonly probes: readonly { readonly backend: BackendName; readonly probeMs: number | null }[];
}

/** @param machine names everything the measurement depends on; another adapter or version is another machine */
export async function rememberedChoice(machine: string): Promise<RememberedChoice | null> {
  try {
    const store = await caches.open(STORE);
    const kept = await store.match(requestOf(machine));
    return kept === undefined ? null : ((await kept.json()) as RememberedChoice);
  } catch {
    // No such storage, or nothing that can be read: it is measured again.
    return null;
  }
}

export async function rememberChoice(machine: string, choice: RememberedChoice): Promise<void> {
  try {
    const store = await caches.open(STORE);
    for (const old of await store.keys()) await store.delete(old);
    await store.put(requestOf(machine), Response.json(choice));
  } catch {
    // It is measured again then.
  }
}

function requestOf(machine: string): string {
  return `/${STORE}/${encodeURIComponent(machine)}`;
}
