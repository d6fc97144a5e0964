import { expect, it } from 'vitest';
import { createReferenceBackend } from '../reference/reference-backend';
import { CaseBuilder } from '../testing/kernel-case';
import { runCase } from '../testing/run-case';

const BATCH = 5;
const CLASSES = 4;

/** The case drawn from one seed, its logits moved by `delta` at one index. */
function weightedLoss(index: number, delta: number) {
  const build = new CaseBuilder(3);
  const logits = build.normal(BATCH * CLASSES);
  const labels = build.labels(BATCH, CLASSES);
  const classWeights = build.positive(CLASSES);
  const outcome = build.written(2);
  const logitsGradient = build.written(BATCH * CLASSES);
  const kernelCase = build.build({
    kind: 'softmaxCrossEntropy',
    layer: 'loss',
    batch: BATCH,
    classes: CLASSES,
    inputs: { logits, labels, classWeights },
    outputs: { outcome, logitsGradient },
  });
  kernelCase.buffers[logits]![index]! += delta;
  return { kernelCase, moved: kernelCase.buffers[logits]![index]!, outcome, logitsGradient };
}

it('has the gradient of its weighted loss', async () => {
  const backend = createReferenceBackend();
  for (let index = 0; index < BATCH * CLASSES; index += 1) {
    const here = weightedLoss(index, 0);
    const gradient = (await runCase(backend, here.kernelCase)).get(here.logitsGradient)![index]!;
    const [above, below] = [weightedLoss(index, 1e-3), weightedLoss(index, -1e-3)];
    const lossOf = async (drawn: typeof here) =>
      (await runCase(backend, drawn.kernelCase)).get(drawn.outcome)![0]!;
    const slope = ((await lossOf(above)) - (await lossOf(below))) / (above.moved - below.moved);
    expect(Math.abs(slope - gradient)).toBeLessThan(1e-6);
  }
});

it('is PyTorch’s weighted mean', async () => {
  // torch.nn.functional.cross_entropy(tensor([[0., 0.], [0., 1.]]), tensor([0, 1]), weight=tensor([1., 3.])):
  // (1 · log 2 + 3 · log(1 + e⁻¹)) / 4.
  const build = new CaseBuilder(0);
  const inputs = {
    logits: build.given(Float32Array.of(0, 0, 0, 1)),
    labels: build.given(Float32Array.of(0, 1)),
    classWeights: build.given(Float32Array.of(1, 3)),
  };
  const outputs = { outcome: build.written(2), logitsGradient: null };
  const call = { kind: 'softmaxCrossEntropy', layer: 'loss', batch: 2, classes: 2, inputs, outputs } as const;
  const found = await runCase(createReferenceBackend(), build.build(call));
  const [loss, correct] = found.get(outputs.outcome)!;
  expect(loss).toBeCloseTo((Math.log(2) + 3 * Math.log(1 + Math.exp(-1))) / 4, 14);
  expect(correct).toBe(2);
});
