import { ThawError } from '../errors';
import { readChoice, readNumber, refuse } from './option-values';
import type { OptimizerName, OptimizerOptions } from './train-config';

const NAMES: readonly OptimizerName[] = ['sgd', 'momentum', 'adam', 'adamw'];

/** Which options an optimizer has beside weight decay; any other one contradicts it. */
const OWN_OPTIONS: Readonly<Record<OptimizerName, readonly string[]>> = {
  sgd: [],
  momentum: ['momentum'],
  adam: ['betas', 'epsilon'],
  adamw: ['betas', 'epsilon'],
};

/**
 * Fills in an optimizer with PyTorch's defaults (torch.optim.SGD, Adam, AdamW).
 * @throws ThawError `invalid-option`, or `conflicting-options` for an option of another optimizer
 */
export function resolveOptimizer(options: Readonly<Record<string, unknown>>): {
  readonly name: OptimizerName;
  readonly optimizer: OptimizerOptions;
} {
  const name = options.optimizer === undefined ? 'adam' : readChoice('optimizer', options.optimizer, NAMES);
  for (const option of ['momentum', 'betas', 'epsilon']) {
    if (options[option] === undefined || OWN_OPTIONS[name].includes(option)) continue;
    throw new ThawError(
      'conflicting-options',
      `The optimizer "${name}" has no \`${option}\`. Leave it out or choose another optimizer.`,
    );
  }
  const weightDecay =
    options.weightDecay === undefined
      ? name === 'adamw'
        ? 0.01
        : 0
      : readNumber('weightDecay', options.weightDecay, { atLeast: 0 });
  if (name === 'sgd') return { name, optimizer: { kind: 'sgd', momentum: 0, weightDecay } };
  if (name === 'momentum') {
    const momentum =
      options.momentum === undefined
        ? 0.9
        : readNumber('momentum', options.momentum, { atLeast: 0, below: 1 });
    return { name, optimizer: { kind: 'sgd', momentum, weightDecay } };
  }
  const [beta1, beta2] = readBetas(options.betas);
  const epsilon =
    options.epsilon === undefined ? 1e-8 : readNumber('epsilon', options.epsilon, { atLeast: 0 });
  return { name, optimizer: { kind: name, beta1, beta2, epsilon, weightDecay } };
}

function readBetas(value: unknown): readonly [number, number] {
  if (value === undefined) return [0.9, 0.999];
  if (!Array.isArray(value) || value.length !== 2) return refuse('betas', 'a list of two numbers', value);
  const [beta1, beta2]: unknown[] = value;
  return [
    readNumber('betas[0]', beta1, { atLeast: 0, below: 1 }),
    readNumber('betas[1]', beta2, { atLeast: 0, below: 1 }),
  ];
}
