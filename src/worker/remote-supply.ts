import { type Remote, wrap } from 'comlink';
import { ThawError } from '../core/errors';
import type { InputStats, PictureAnswer, PictureSupply, SupplyPort } from '../core/picture-supply';
import type { FetchPixels } from '../engine/run/supplied-pictures';

/** The training worker's end of the port to the input worker. */
export class RemoteSupply {
  readonly #port: SupplyPort;
  readonly #remote: Remote<PictureSupply>;
  #nextTicket = 0;

  constructor(port: SupplyPort) {
    this.#port = port;
    this.#remote = wrap<PictureSupply>(port);
  }

  /** Its pixels reject with ThawError `picture-unreadable` where a file was changed or moved meanwhile. */
  readonly fetch: FetchPixels = (pictures) => {
    const ticket = this.#nextTicket++;
    return {
      pixels: this.#remote.fetch({ ticket, pictures }).then(pixelsOf),
      cancel: () => void this.#remote.cancel([ticket]),
    };
  };

  stats(): Promise<InputStats> {
    return this.#remote.stats();
  }

  close(): void {
    this.#port.close();
  }
}

function pixelsOf(answer: PictureAnswer): Uint8Array {
  if (answer.kind === 'pixels') return answer.pixels;
  throw new ThawError(answer.failure.code, answer.failure.message);
}
