import type { BackendName } from '../core/api';
import { ThawError } from '../core/errors';
import type { Network } from '../core/graph';
import type { Executor } from './executor';
import { TfjsExecutor } from './tfjs/tfjs-executor';

/**
 * The executor for a network on the backend that was chosen and started: the one place that knows which
 * executors there are.
 * @throws ThawError `backend-unavailable`
 */
export async function createExecutor(backend: BackendName, network: Network): Promise<Executor> {
  if (backend === 'reference') {
    throw new ThawError(
      'backend-unavailable',
      'The reference backend runs in tests only. Take ?backend=reference out of the address.',
    );
  }
  return new TfjsExecutor(backend, network);
}
