import type { BackendName, ExecutorName } from '../core/api';
import { ThawError } from '../core/errors';

const BACKENDS: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'cpu', 'reference'];
const EXECUTORS: readonly ExecutorName[] = ['plan', 'tfjs'];

/** What the address of the page asks for, `?backend=…&executor=…&head=…`; null: Thaw chooses. */
export interface ForcedEngine {
  readonly backend: BackendName | null;
  readonly executor: ExecutorName | null;
  /** Takes the steps of a head on kept features. */
  readonly head: BackendName | null;
}

/** @param onUnknown is told of a name that Thaw does not know; it goes on as if there were none */
export function readForcedEngine(search: string, onUnknown: (error: ThawError) => void): ForcedEngine {
  const parameters = new URLSearchParams(search);
  const read = <Name extends string>(
    parameter: string,
    what: string,
    known: readonly Name[],
  ): Name | null => {
    const value = parameters.get(parameter);
    if (value === null || value === '') return null;
    const found = known.find((name) => name === value);
    if (found !== undefined) return found;
    const message = `The address asks for the ${what} “${value}”, which Thaw does not have. It has ${known.join(', ')}. The usual one for this machine is used.`;
    onUnknown(new ThawError('invalid-option', message));
    return null;
  };
  return {
    backend: read('backend', 'backend', BACKENDS),
    executor: read('executor', 'executor', EXECUTORS),
    head: read('head', 'backend', BACKENDS),
  };
}
