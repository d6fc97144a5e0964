/** What the benchmark's two sides, Node and the page, say to each other. Plain data only. */

export type NetworkName = 'efficientnet-lite0' | 'mobilenet-v1-0.25';

/**
 * What a step trains: everything; everything but BatchNorm (which normalises by its running statistics); the
 * head alone, from pictures; the head alone, on what was kept of frozen pictures.
 */
export type Mode = 'bn-trained' | 'bn-frozen' | 'backbone-frozen' | 'cached-features';

export interface Work {
  readonly network: NetworkName;
  readonly pictureSize: number;
  readonly batchSize: number;
  readonly mode: Mode;
}

/** Who does the work. `stock` is TensorFlow.js as it comes: a layers model, `compile`, `trainOnBatch`. */
export type PeerKind =
  | { readonly engine: 'thaw'; readonly backend: 'wasm'; readonly threads: 1 | 'all' }
  | { readonly engine: 'thaw'; readonly backend: 'webgpu' }
  | { readonly engine: 'thaw-tfjs'; readonly backend: 'wasm' }
  | { readonly engine: 'stock'; readonly backend: 'webgpu' | 'wasm' };

export interface StepTime {
  readonly ms: number;
  /** Synchronous JavaScript outside kernels; null where it cannot be told from them. */
  readonly jsMs: number | null;
}

/** Counts of the last step, exact; null where the peer does not say. */
export interface PeerFacts {
  readonly description: string;
  /** Kernel calls; dispatches on WebGPU. */
  readonly calls: number | null;
  readonly bytesMoved: number | null;
  readonly heldBytes: number | null;
}

export interface Peer {
  /** The first call also compiles and allocates. @returns synchronous JavaScript in milliseconds, null: not known */
  step(): Promise<number | null>;
  facts(): PeerFacts;
}

export interface WebGpuCounts {
  readonly dispatches: number;
  readonly trafficBytes: number;
  readonly peakBytes: number;
}

/** What the plan of a whole step counts, beside the least that it must move. */
export interface PlanCounts {
  readonly calls: number;
  readonly planBytes: number;
  readonly peakBytes: number;
  readonly multiplyAccumulates: number;
  readonly leastBytes: number;
  /** Null where the browser gives no device. */
  readonly webgpu: {
    readonly float32: WebGpuCounts;
    /** With what lies between the layers in 16 bits. */
    readonly half: WebGpuCounts;
  } | null;
}

export interface Machine {
  readonly threads: number;
  readonly isolation: 'isolated' | 'not isolated';
  readonly adapter: string;
}
