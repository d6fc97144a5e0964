import { expect, it, vi } from 'vitest';
import { ThawError } from '../core/errors';
import type { Network } from '../core/graph/graph';
import { resolveTrainConfig } from '../core/options/options';
import { planOfConfig } from '../core/phases/plan-of-config';
import { kernelBackend } from '../engine/backends/kernel-backends';
import { CostEstimator } from '../engine/cost/cost-estimator';
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

const breathe = () => new Promise<void>((heard) => setTimeout(heard));

function holder(): ExecutorHolder {
  const made = new ExecutorHolder(breathe);
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

it('holds the one that was asked for last where two are asked for at once, and nothing of the other', async () => {
  const network = await tinyNetwork();
  const another = { ...network, graph: { ...network.graph, name: 'another' } };
  const { heldBytes } = await kernelBackend('reference');
  const beforeBytes = heldBytes();
  const engine = holder();
  await engine.replace(network);
  const oneBytes = heldBytes() - beforeBytes;
  const [, last] = await Promise.all([engine.replace(network), engine.replace(another)]);
  expect(engine.executor).toBe(last);
  expect(last.graph.name).toBe('another');
  expect(heldBytes() - beforeBytes).toBe(oneBytes);
});

it('refuses to begin when nothing was chosen', async () => {
  await expect(new ExecutorHolder(breathe).replace(await tinyNetwork())).rejects.toMatchObject({
    code: 'internal',
  });
});

it('leaves the graphics processor for good where the user did not ask for it', async () => {
  const onGraphics = { ...MACHINE, backend: 'webgpu', acceleration: 'gpu', adapter: 'a card' } as const;
  const engine = new ExecutorHolder(breathe);
  engine.start(onGraphics, 'forced');
  expect(await engine.fallBack()).toBeNull();
  expect(engine.machine).toBe(onGraphics);
  engine.start(onGraphics, 'free');
  expect(await engine.fallBack()).toBe('WebAssembly');
  expect(engine.machine).toMatchObject({ backend: 'wasm', executor: 'plan', acceleration: 'none' });
  // There is nothing to leave it for.
  expect(await engine.fallBack()).toBeNull();
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

it('measures no further once a run begins, and anew when it is asked again', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  await engine.replace(network);
  const request = requestOf(network, 2);
  const abandoned = engine.estimate(request, () => true);
  const told = expect(abandoned).rejects.toMatchObject({ code: 'busy-training' });
  // Until it has begun to measure.
  await breathe();
  await engine.reuse(network);
  await told;
  await expect(engine.estimate(request, () => false)).rejects.toMatchObject({ code: 'busy-training' });
  expect((await engine.estimate(request, () => true))!.seconds).toBeGreaterThan(0);
});

it('estimates where what measures could not be had at first', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  await engine.replace(network);
  const none = new ThawError('backend-unavailable', 'The kernels could not be loaded.');
  vi.spyOn(CostEstimator, 'create').mockRejectedValueOnce(none);
  await expect(engine.estimate(requestOf(network, 2), () => true)).rejects.toBe(none);
  expect((await engine.estimate(requestOf(network, 2), () => true))!.seconds).toBeGreaterThan(0);
});

it('tells of an allocation that failed what to make smaller, and leaves other failures as they are', async () => {
  const network = await tinyNetwork();
  const engine = holder();
  await engine.replace(network);
  const failed = new ThawError('out-of-memory', 'No room.');
  expect(await engine.explain(requestOf(network, 64), failed)).toMatchObject({
    code: 'out-of-memory',
    message: expect.stringMatching(
      /^Training needs [\d,]+ MB at once, which this machine did not give\. With a batch size of 32 it would be [\d,]+ MB\.$/,
    ),
  });
  const other = new ThawError('internal', 'Something else.');
  expect(await engine.explain(requestOf(network, 64), other)).toBe(other);
});

function requestOf(network: Network, batchSize: number) {
  const { train } = tinyData();
  const { resolved } = resolveTrainConfig({ epochs: 2, batchSize, unfreezeBackboneAtEpoch: 1 });
  return {
    network,
    config: resolved,
    plan: planOfConfig(network.graph, resolved).plan,
    trainCount: train.count,
    validationCount: 0,
    picture: train.shape,
  };
}
