import type { BufferId, CallBase, ScalarId } from './call';

/**
 * p = softmax(logits), w = classWeights[label] (null: 1), W = Σ_n w:
 * outcome = [loss, correct], loss = −Σ_n w · log p[n, label] / W (PyTorch's weighted mean), correct = pictures whose first
 * largest logit is the label's; logitsGradient[n, k] = w · (p[n, k] − [k = label]) / W.
 */
export interface SoftmaxCrossEntropyCall extends CallBase {
  readonly kind: 'softmaxCrossEntropy';
  readonly batch: number;
  readonly classes: number;
  readonly inputs: {
    readonly logits: BufferId;
    /** [batch] class indices. */
    readonly labels: BufferId;
    readonly classWeights: BufferId | null;
  };
  readonly outputs: { readonly outcome: BufferId; readonly logitsGradient: BufferId | null };
}

/**
 * PyTorch's SGD over contiguous variables: g ← g + weightDecay · w; with momentum v ← momentum · v + g,
 * g ← v; w ← w − lr · g. `velocity` is null without momentum. Reads and writes weights and velocity.
 */
export interface SgdUpdateCall extends CallBase {
  readonly kind: 'sgdUpdate';
  readonly elements: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly learningRate: ScalarId;
  readonly inputs: { readonly gradient: BufferId };
  readonly outputs: { readonly weights: BufferId; readonly velocity: BufferId | null };
}

/**
 * PyTorch's Adam (`l2`: g ← g + weightDecay · w) and AdamW (`decoupled`: w ← w · (1 − lr · weightDecay)):
 * m ← β1 · m + (1 − β1) · g, v ← β2 · v + (1 − β2) · g²,
 * w ← w − stepSize · m / (√v · varianceScale + ε). The scalars are worked out in float64 by whoever runs the plan:
 * stepSize = lr / (1 − β1^t), varianceScale = 1 / √(1 − β2^t), t the variables' own count of updates, from 1.
 */
export interface AdamUpdateCall extends CallBase {
  readonly kind: 'adamUpdate';
  readonly elements: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decay: 'l2' | 'decoupled';
  readonly learningRate: ScalarId;
  readonly stepSize: ScalarId;
  readonly varianceScale: ScalarId;
  readonly inputs: { readonly gradient: BufferId };
  readonly outputs: {
    readonly weights: BufferId;
    readonly firstMoment: BufferId;
    readonly secondMoment: BufferId;
  };
}
