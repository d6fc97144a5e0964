import type { BackendName, ExecutorName } from '../core/api';
import { ThawError } from '../core/errors';

const BACKENDS: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'cpu', 'reference'];

/**
 * Reads the address parameter `?backend=`.
 * @returns null where there is none
 * @throws ThawError `invalid-option` for a backend that Thaw does not know
 */
export function readForcedBackend(search: string): BackendName | null {
  const value = new URLSearchParams(search).get('backend');
  if (value === null || value === '') return null;
  const known = BACKENDS.find((name) => name === value);
  if (known !== undefined) return known;
  throw new ThawError(
    'invalid-option',
    `The address asks for the backend “${value}”, which Thaw does not have. It has ${BACKENDS.join(', ')}. The best one for this machine is used.`,
  );
}

const EXECUTORS: readonly ExecutorName[] = ['plan', 'tfjs'];

/**
 * Reads the address parameter `?executor=`.
 * @returns null where there is none
 * @throws ThawError `invalid-option` for an executor that Thaw does not know
 */
export function readForcedExecutor(search: string): ExecutorName | null {
  const value = new URLSearchParams(search).get('executor');
  if (value === null || value === '') return null;
  const known = EXECUTORS.find((name) => name === value);
  if (known !== undefined) return known;
  throw new ThawError(
    'invalid-option',
    `The address asks for the executor “${value}”, which Thaw does not have. It has ${EXECUTORS.join(', ')}. The usual one is used.`,
  );
}
