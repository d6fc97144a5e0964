import { type TransferHandler, transferHandlers } from 'comlink';
import { type Failure, ThawError, toFailure } from '../core/errors';

/**
 * Lets failures keep their `code` across Comlink, which by itself carries name, message and stack only.
 * To be called on both sides before anything is said.
 */
export function carryErrorCodes(): void {
  const original = transferHandlers.get('throw');
  if (original === undefined) throw new ThawError('internal', 'Comlink has no handler for errors.');
  const handler: TransferHandler<{ value: unknown }, Failure> = {
    canHandle: (value): value is { value: unknown } => original.canHandle(value),
    serialize: ({ value }) => [toFailure(value), []],
    deserialize: (failure) => {
      throw new ThawError(failure.code, failure.message);
    },
  };
  transferHandlers.set('throw', handler);
}
