import { ThawError } from '../core/errors';
import type { RunFile, RunState, SavedRun, StoredFile } from '../core/run/run-state';
import { runStateFromBytes, runStateToBytes } from '../storage/run-state-file';

/** The run that trained last, as it stood at the end of its last epoch. */
export class LastRun {
  /** Null before an epoch has ended, and once another network has taken the place of the run's. */
  #state: RunState | null = null;

  hold(state: RunState | null): void {
    this.#state = state;
  }

  /** @throws ThawError `not-trained` */
  state(): RunState {
    if (this.#state !== null) return this.#state;
    throw new ThawError('not-trained', 'No epoch has ended yet. Train for one epoch at least.');
  }

  /**
   * The file is made here: tens of megabytes would keep the page from answering.
   * @throws ThawError `not-trained`
   */
  file(): RunFile {
    const state = this.state();
    return {
      config: state.config,
      epochsDone: state.clock.epoch,
      content: new Blob([runStateToBytes(state)]),
    };
  }
}

/** @throws ThawError `run-state-invalid` */
export async function readRun(saved: SavedRun): Promise<RunState> {
  if (!isFile(saved)) return saved;
  return runStateFromBytes(new Uint8Array(await saved.arrayBuffer()));
}

/** A script may have given anything at all. */
function isFile(saved: SavedRun): saved is StoredFile {
  return typeof saved === 'object' && saved !== null && 'arrayBuffer' in saved;
}
