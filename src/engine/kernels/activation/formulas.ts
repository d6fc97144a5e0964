import type { Activation } from '../../../core/graph/graph';

/**
 * Scalar activations and their derivatives in float64. Sources: torch.nn.functional (relu6, silu,
 * hardswish, hardsigmoid, gelu with and without tanh), keras.activations.hard_sigmoid (version 2).
 */
export function activate(activation: Activation, x: number): number {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'relu6':
      return Math.min(Math.max(x, 0), 6);
    case 'silu':
      return x * sigmoid(x);
    case 'hardSwish':
      return x * hardSigmoid(x);
    case 'sigmoid':
      return sigmoid(x);
    case 'hardSigmoid':
      return hardSigmoid(x);
    case 'kerasHardSigmoid':
      return Math.min(Math.max(0.2 * x + 0.5, 0), 1);
    case 'tanh':
      return Math.tanh(x);
    case 'gelu':
      return x * normalCdf(x);
    case 'geluTanh':
      return 0.5 * x * (1 + Math.tanh(geluInner(x)));
    case 'softmax':
      throw new RangeError('Softmax is not elementwise.');
  }
}

/** d activation / dx at x. At a kink the derivative is 0 (PyTorch's open intervals). */
export function activationDerivative(activation: Activation, x: number): number {
  switch (activation) {
    case 'linear':
      return 1;
    case 'relu':
      return x > 0 ? 1 : 0;
    case 'relu6':
      return x > 0 && x < 6 ? 1 : 0;
    case 'silu': {
      const s = sigmoid(x);
      return s * (1 + x * (1 - s));
    }
    case 'hardSwish':
      // PyTorch: 0 up to −3, 1 from 3, between them x / 3 + 1 / 2.
      return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
    case 'sigmoid': {
      const s = sigmoid(x);
      return s * (1 - s);
    }
    case 'hardSigmoid':
      return x > -3 && x < 3 ? 1 / 6 : 0;
    case 'kerasHardSigmoid':
      return x > -2.5 && x < 2.5 ? 0.2 : 0;
    case 'tanh':
      return 1 - Math.tanh(x) ** 2;
    case 'gelu':
      return normalCdf(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    case 'geluTanh': {
      const t = Math.tanh(geluInner(x));
      const inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
    }
    case 'softmax':
      throw new RangeError('Softmax is not elementwise.');
  }
}

/** The same from y = activation(x), for those activations whose derivative y tells. */
export function derivativeFromOutput(activation: Activation, y: number): number {
  switch (activation) {
    case 'linear':
      return 1;
    case 'relu':
      return y > 0 ? 1 : 0;
    case 'relu6':
      return y > 0 && y < 6 ? 1 : 0;
    case 'sigmoid':
      return y * (1 - y);
    case 'hardSigmoid':
      return y > 0 && y < 1 ? 1 / 6 : 0;
    case 'kerasHardSigmoid':
      return y > 0 && y < 1 ? 0.2 : 0;
    case 'tanh':
      return 1 - y * y;
    default:
      throw new RangeError(`The derivative of ${activation} needs its input.`);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function hardSigmoid(x: number): number {
  return Math.min(Math.max(x + 3, 0), 6) / 6;
}

function geluInner(x: number): number {
  return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
}

/** Φ(x) = (1 + erf(x / √2)) / 2. */
function normalCdf(x: number): number {
  return 0.5 * (1 + erf(x / Math.SQRT2));
}

/**
 * erf to float64: its Taylor series (Abramowitz and Stegun 7.1.5) near 0, the continued fraction of
 * erfc (7.1.14) beyond, where the series would cancel.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100 && Math.abs(term) > 1e-18 * Math.abs(sum); n += 1) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = a;
  for (let n = 60; n >= 1; n -= 1) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
}
