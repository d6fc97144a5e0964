/** How the values between the layers, and their gradients, are kept during a training step. */
export type ActivationStorage = 'float32' | 'half';

/** How a phase keeps them. */
export interface StorageView {
  readonly format: ActivationStorage;
  /** Where halves were asked for: how far a first step with them was from one in float32. Null: not compared. */
  readonly comparison: StorageComparison | null;
}

/** Against float32; NaN where a number was none. */
export interface StorageComparison {
  /** |loss − loss in float32| / loss in float32. */
  readonly lossError: number;
  /** Of all gradients as one vector: 1 is the same direction. */
  readonly gradientCosine: number;
}

/** For people: what comes after “with 16 bits”. */
export function describeComparison({ lossError, gradientCosine }: StorageComparison): string {
  if (!Number.isFinite(lossError) || !Number.isFinite(gradientCosine)) {
    return 'the first batch gave numbers beyond all bounds';
  }
  return `the first batch’s loss was ${(lossError * 100).toPrecision(2)} % off, and the gradient’s cosine with that in 32 bits ${gradientCosine.toFixed(3)}`;
}
