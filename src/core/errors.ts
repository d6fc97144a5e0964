/**
 * Every failure a user can meet carries one of these codes; the list is closed, so that a page or a
 * script can switch over it. The message says what happened and what to do.
 */
export type ErrorCode =
  // options
  | 'invalid-option'
  | 'unknown-option'
  | 'conflicting-options'
  // models
  | 'model-not-found'
  | 'model-invalid'
  | 'model-truncated'
  | 'model-shape-mismatch'
  | 'model-graph-model'
  | 'model-unsupported-layer'
  | 'model-weights-not-finite'
  | 'no-backbone'
  | 'backbone-end-unknown'
  | 'picture-size-unsupported'
  // data
  | 'picture-unreadable'
  | 'picture-too-large'
  | 'no-pictures'
  | 'one-class'
  | 'class-too-small'
  | 'data-invalid'
  | 'no-data'
  | 'archive-invalid'
  // webcam
  | 'webcam-unavailable'
  | 'webcam-refused'
  | 'webcam-not-found'
  | 'webcam-in-use'
  | 'webcam-lost'
  // training
  | 'batch-too-large'
  | 'busy-training'
  | 'not-training'
  | 'not-trained'
  | 'loss-not-finite'
  | 'run-state-invalid'
  // machine
  | 'backend-unavailable'
  | 'device-lost'
  | 'out-of-memory'
  | 'shader-invalid'
  | 'layer-unknown'
  | 'cancelled'
  | 'internal';

export class ThawError extends Error {
  override readonly name = 'ThawError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The graphics processor went away: nothing is wrong with what was asked, and a new device may do it. */
export function isDeviceLost(error: unknown): boolean {
  return error instanceof ThawError && error.code === 'device-lost';
}

/** A failure as plain data: what crosses a thread boundary and what the page shows. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** @returns the failure as plain data; anything that is not a ThawError is `internal`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ThawError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `Something went wrong inside Thaw: ${message}` };
}
