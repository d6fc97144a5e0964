import type { OptimizerOptions } from '../../../core/options/train-config';
import type { PlanBuilder } from './plan-builder';

/** One call a range of variables; a variable that the loss does not depend on gets a gradient of zero. */
export function emitUpdates(plan: PlanBuilder, optimizer: OptimizerOptions): void {
  plan.layout.updates.forEach((range, index) => {
    for (const name of range.names) {
      const gradient = plan.gradient(name);
      if (plan.isTouched(gradient)) continue;
      plan.call({
        kind: 'zero',
        layer: name,
        elements: plan.elementsOf(gradient),
        inputs: {},
        outputs: { target: gradient },
      });
    }
    const layer = `group ${range.group}`;
    const { elements } = range;
    const gradient = plan.range('gradients', index);
    const weights = plan.range('weights', index);
    const { weightDecay } = optimizer;
    const learningRate = plan.scalar({ kind: 'learningRate', range: index });
    if (optimizer.kind === 'sgd') {
      const { momentum } = optimizer;
      const velocity = momentum === 0 ? null : plan.range('slot0', index);
      plan.call({
        kind: 'sgdUpdate',
        layer,
        elements,
        momentum,
        weightDecay,
        learningRate,
        inputs: { gradient },
        outputs: { weights, velocity },
      });
      return;
    }
    const { beta1, beta2, epsilon } = optimizer;
    plan.call({
      kind: 'adamUpdate',
      layer,
      elements,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      decay: optimizer.kind === 'adam' ? 'l2' : 'decoupled',
      learningRate,
      stepSize: plan.scalar({ kind: 'stepSize', range: index }),
      varianceScale: plan.scalar({ kind: 'varianceScale', range: index }),
      inputs: { gradient },
      outputs: { weights, firstMoment: plan.range('slot0', index), secondMoment: plan.range('slot1', index) },
    });
  });
}
