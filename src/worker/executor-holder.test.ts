import { expect, it } from 'vitest';
import type { Network } from '../core/graph';
import { tinyData, tinyNetwork } from '../engine/testing/lightning-tiny';
import { ExecutorHolder } from './executor-holder';

const MACHINE = {
  backend: 'reference',
  executor: 'plan',
  adapter: '',
  acceleration: 'none',
  warnings: [],
  probes: [],
} as const;

function holder(): ExecutorHolder {
  const made = new ExecutorHolder();
  made.start(MACHINE);
  return made;
}

function changed({ graph, weights }: Network, name: string): Network {
  const values = weights.get(name)!.map((value) => value + 1);
  return { graph, weights: new Map([...weights, [name, values]]) };
}

it('goes on with the executor for a run of the same layers, with that run’s weights', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  const first = await engine.replace(network);
  const name = [...network.weights.keys()][0]!;
  const other = changed(network, name);
  expect(await engine.reuse({ ...other, graph: structuredClone(network.graph) })).toBe(first);
  expect((await first.readWeights([name])).get(name)).toEqual(other.weights.get(name));
});

it('takes a new one for other layers, and for other pictures', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  const first = await engine.replace(network);
  const second = await engine.replace(network);
  expect(second).not.toBe(first);
  const graph = { ...network.graph, name: 'another' };
  expect(await engine.reuse({ ...network, graph })).not.toBe(second);
});

it('takes a new one for other variants of the pictures, and goes on with it for the same', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  const plain = await engine.replace(network);
  const varied = await engine.reuse(network, 'seed 1');
  expect(varied).not.toBe(plain);
  expect(await engine.reuse(network, 'seed 1')).toBe(varied);
  expect(await engine.reuse(network, 'seed 2')).not.toBe(varied);
});

it('refuses to begin when nothing was chosen', async () => {
  await expect(new ExecutorHolder().replace(await tinyNetwork())).rejects.toMatchObject({ code: 'internal' });
});

it('gives the plan of the last step', async () => {
  const engine = holder();
  const executor = await engine.replace(await tinyNetwork());
  expect(executor.planView()).toBeNull();
  const { graph } = executor;
  await executor.enterPhase({
    trained: graph.layers.flatMap((layer) =>
      layer.kind === 'dense' ? layer.weights.map(({ name }) => ({ name, group: 0 })) : [],
    ),
    batchNorm: new Map(
      graph.layers.flatMap((layer) =>
        layer.kind === 'batchNorm'
          ? [[layer.name, { affine: 'frozen', normaliser: 'running', statistics: 'held' }] as const]
          : [],
      ),
    ),
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  });
  const { train } = tinyData();
  await executor.trainStep({ ...train.batch([0, 1, 2]), pictureIds: ['a', 'b', 'c'] }, [0.1]);
  const view = executor.planView()!;
  expect(view).toMatchObject({ startsAt: 'frozenValues', batchSize: 3, kept: { pictures: 3 } });
  expect(view.costliest.length).toBe(Math.min(10, view.calls));
  expect(view.peakBytes).toBeGreaterThan(0);
});
