/** Index into the buffers of a step plan. */
export type BufferId = number;

/** Index into the numbers given to `run`. */
export type ScalarId = number;

/**
 * Whether a result replaces what the buffer holds or is added to it (gradients of a value that several
 * layers read).
 */
export type WriteMode = 'overwrite' | 'add';

export interface CallBase {
  /** The layer it works for; for people and for messages. */
  readonly layer: string;
}
