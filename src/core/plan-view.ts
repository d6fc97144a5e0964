/** The plan of the last training step, for people. Bytes as float32, whatever the backend holds. */
export interface PlanView {
  /** Kernel calls of a step. */
  readonly calls: number;
  readonly multiplyAccumulates: number;
  /** Read and written by all calls of a step. */
  readonly bytes: number;
  /** Held at once: weights, gradients, optimizer state, activations, and what is kept of frozen pictures. */
  readonly peakBytes: number;
  readonly batchSize: number;
  /** Whether the step starts from the pictures or from what is kept at the frozen boundary. */
  readonly startsAt: 'pictures' | 'frozenValues';
  readonly kept: { readonly pictures: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** The ten calls with the most work, most first. */
  readonly costliest: readonly {
    readonly kind: string;
    readonly layer: string;
    readonly multiplyAccumulates: number;
    readonly bytes: number;
  }[];
}
