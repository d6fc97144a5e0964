import { describe, expect, it } from 'vitest';
import type { Network } from '../../core/graph/graph';
import { createRandom } from '../../core/random';
import type { Batch, ExecutablePhase } from '../executor';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { compileTrainingPlan } from './compile/compile-training';
import { layOutParameters } from './parameter-layout';
import { NETWORK_ZOO } from './testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from './testing/phases';

/** Loss and gradients of one batch in float64, the weights as given; nothing is updated (learning rate 0). */
async function trainingStepOf(network: Network, phase: ExecutablePhase, batch: Batch) {
  const backend = createReferenceBackend();
  const layout = layOutParameters(network.graph, phase, new Map());
  const parameters = await backend.allocateParameters(layout);
  const plan = compileTrainingPlan(
    { graph: network.graph, phase, layout, shape: batch.shape, startsAt: 'pictures', classWeights: 'none' },
    backend,
  );
  const loaded = await backend.load(plan, parameters);
  return async (weights: ReadonlyMap<string, Float64Array>) => {
    for (const [name, values] of weights) {
      parameters.write('weights', layout.variables.get(name)!.offset, values);
    }
    await loaded.prepare();
    for (const input of plan.inputs) {
      loaded.write(input.buffer, input.role === 'labels' ? batch.labels : batch.images);
    }
    await loaded.run(plan.scalars.map((scalar) => (scalar.kind === 'dropoutSeed' ? batch.dropoutSeed! : 0)));
    const [loss] = await loaded.read(plan.outputs[0]!.buffer);
    const gradients = new Map<string, ArrayLike<number>>();
    for (const { name } of phase.trained) {
      const { offset, elements } = layout.variables.get(name)!;
      gradients.set(name, await parameters.read('gradients', offset, elements));
    }
    return { loss: loss!, gradients };
  };
}

const STEP = 1e-5;

describe.each(Object.keys(NETWORK_ZOO))('gradients of the %s network by finite differences', (title) => {
  const network = NETWORK_ZOO[title]!();
  const { graph } = network;
  it.each(Object.keys(BATCH_NORM_MODES))('BatchNorm %s', async (modeName) => {
    const middle = graph.layers[Math.floor(graph.layers.length / 3)]!.name;
    for (const frozenUpTo of [null, middle]) {
      const phase = phaseOf(graph, BATCH_NORM_MODES[modeName]!, OPTIMIZERS.sgd!, frozenUpTo);
      const run = await trainingStepOf(network, phase, randomBatch(graph, classesOf(graph), 3, 5));
      const weights = new Map(
        [...network.weights].map(([name, values]) => [name, Float64Array.from(values)]),
      );
      const { gradients } = await run(weights);
      const random = createRandom(11);
      for (const { name } of phase.trained) {
        const values = weights.get(name)!;
        for (let draw = 0; draw < 3; draw += 1) {
          const index = Math.floor(random() * values.length);
          const lossAt = async (delta: number) => {
            const moved = Float64Array.from(values);
            moved[index]! += delta;
            return (await run(new Map([...weights, [name, moved]]))).loss;
          };
          const numeric = ((await lossAt(STEP)) - (await lossAt(-STEP))) / (2 * STEP);
          const analytic = gradients.get(name)![index]!;
          expect(Math.abs(numeric - analytic), `${name}[${index}], frozen up to ${frozenUpTo}`).toBeLessThan(
            1e-7 * (1 + Math.abs(analytic)),
          );
        }
      }
    }
  });
});
