import { ThawError } from '../../../core/errors';

/**
 * What goes wrong on a device is told later and elsewhere: by events, by a promise, by error scopes. This
 * keeps it until somebody who can throw asks.
 */
export class DeviceFaults {
  readonly #device: GPUDevice;
  #fault: ThawError | null = null;
  #isLost = false;
  /** Told so far, and the last of them. */
  #told = 0;
  #last: ThawError | null = null;
  readonly #listen = (event: GPUUncapturedErrorEvent) => {
    event.preventDefault();
    this.#last = asThawError(event.error, 'A kernel');
    this.#told += 1;
    this.#fault ??= this.#last;
  };

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', this.#listen);
    void device.lost.then((info) => {
      this.#isLost = true;
      this.#fault = deviceLost(info.message);
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** @throws ThawError what has gone wrong since the last time; a lost device every time */
  check(): void {
    const fault = this.#fault;
    if (!this.#isLost) this.#fault = null;
    if (fault) throw fault;
  }

  /** To be kept by whoever hands work to the device, for `checkSince`. */
  get told(): number {
    return this.#told;
  }

  /**
   * For the result of work that was handed over when `told` was so many: while steps are in flight another one may
   * have been told what has gone wrong.
   * @throws ThawError
   */
  checkSince(told: number): void {
    const hasFault = this.#told > told;
    this.check();
    if (hasFault) throw this.#last;
  }

  /** @returns the error to throw in the place of one that a promise of the device was rejected with */
  async explain(error: unknown, what: string): Promise<ThawError> {
    // The loss itself may be told only after the promises it broke.
    await Promise.race([this.#device.lost, new Promise((done) => setTimeout(done, 50))]);
    const fault = this.#fault;
    if (fault) return fault;
    const reason = error instanceof Error ? error.message : String(error);
    return new ThawError('internal', `${what} failed on the GPU: ${reason}`, { cause: error });
  }

  /** Runs `create` in error scopes. @throws ThawError `out-of-memory`, `shader-invalid`, `device-lost` */
  async guard<T>(what: string, create: () => T): Promise<T> {
    this.check();
    this.#device.pushErrorScope('validation');
    this.#device.pushErrorScope('out-of-memory');
    const result = create();
    const errors = await Promise.all([this.#device.popErrorScope(), this.#device.popErrorScope()]).catch(
      async (error) => {
        throw await this.explain(error, what);
      },
    );
    const error = errors.find((found) => found !== null);
    if (error) throw asThawError(error, what);
    this.check();
    return result;
  }

  dispose(): void {
    this.#device.removeEventListener('uncapturederror', this.#listen);
  }
}

export function deviceLost(reason: string): ThawError {
  return new ThawError(
    'device-lost',
    `The graphics processor was lost${reason ? ` (${reason.trim().replace(/\.$/, '')})` : ''}. Try again; if it is lost again, close other pages that use it, or open this page with ?backend=wasm.`,
  );
}

export function outOfMemory(what: string, bytes: number | null, cause?: unknown): ThawError {
  const size = bytes === null ? '' : ` (${Math.ceil(bytes / 2 ** 20)} MB)`;
  return new ThawError(
    'out-of-memory',
    `${what}${size} does not fit into the GPU's memory. Choose smaller pictures or a smaller batch.`,
    { cause },
  );
}

function asThawError(error: GPUError, what: string): ThawError {
  if (error.constructor.name === 'GPUOutOfMemoryError') return outOfMemory(what, null, error);
  const message = `${what} was refused by this GPU's driver. Choose another backend and report this: ${error.message}`;
  return new ThawError('shader-invalid', message, { cause: error });
}
