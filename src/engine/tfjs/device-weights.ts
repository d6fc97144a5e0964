import * as tf from '@tensorflow/tfjs';
import { ThawError } from '../../core/errors';
import type { LayerGraph, WeightValues } from '../../core/graph/graph';

/** The weights of a graph on the device, by name. A weight's tensor is replaced as a whole when it moves. */
export class DeviceWeights {
  readonly #tensors = new Map<string, tf.Tensor>();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(graph: LayerGraph, values: WeightValues) {
    const specs = graph.layers.flatMap((layer) => layer.weights);
    this.#shapes = new Map(specs.map((spec) => [spec.name, spec.shape]));
    for (const { name } of specs) {
      if (!values.has(name))
        throw new ThawError('model-invalid', `The weight ${name} of the model is missing.`);
    }
    this.write(values);
  }

  get tensors(): ReadonlyMap<string, tf.Tensor> {
    return this.#tensors;
  }

  get(name: string): tf.Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new ThawError('internal', `There is no weight called ${name}.`);
    return tensor;
  }

  /** Takes the tensor over, also out of a tidy, and lets the old one go. */
  replace(name: string, tensor: tf.Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, tf.keep(tensor));
  }

  /** Copies the values of the graph's weights in; values of other names are ignored. */
  write(values: WeightValues): void {
    for (const [name, flat] of values) {
      const shape = this.#shapes.get(name);
      if (shape !== undefined) this.replace(name, tensorOf(flat, shape));
    }
  }

  shapeOf(name: string): readonly number[] {
    return this.#shapes.get(name) ?? this.get(name).shape;
  }

  async read(names: readonly string[] = [...this.#tensors.keys()]): Promise<Map<string, Float32Array>> {
    return new Map(
      await Promise.all(names.map(async (name) => [name, await readValues(this.get(name))] as const)),
    );
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

/** A tensor with a copy of the values: the CPU backend would otherwise go on using the caller's array. */
export function tensorOf(values: Float32Array, shape: readonly number[]): tf.Tensor {
  return tf.tensor(values.slice(), [...shape], 'float32');
}

/** A copy of a tensor's values: on some backends `data()` hands out the tensor's own memory. */
export async function readValues(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data<'float32'>());
}
