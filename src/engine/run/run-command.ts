/**
 * What the caller answers to an event. Pausing is not asking for the next one; `hold` comes before that where steps are
 * in flight: they are told, and no other is begun. Where none are, it is `continue`.
 */
export type RunCommand = 'continue' | 'hold' | 'stop';
