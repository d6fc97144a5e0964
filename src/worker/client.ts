import { proxy, type Remote, transfer, wrap } from 'comlink';
import { ThawError } from '../core/errors';
import { Breakdown } from '../core/interruptible';
import type { TrainingWorker, WorkerData } from '../core/worker-contract';
import { carryErrorCodes } from './error-transfer';

/**
 * Starts the training worker. Its failures reject as ThawErrors with their code; should the worker itself
 * break, everything that was asked of it rejects as `internal` instead of waiting for ever.
 */
export function createTrainingWorker(): TrainingWorker {
  carryErrorCodes();
  const thread = new Worker(new URL('./training-worker.ts', import.meta.url), {
    type: 'module',
    name: 'thaw-training',
  });
  const breakdown = new Breakdown();
  thread.addEventListener('error', (event) => {
    event.preventDefault();
    const why = event.message || 'its script could not be loaded';
    const message = `The training worker has broken down (${why}). Reload the page.`;
    breakdown.tell(new ThawError('internal', message));
  });
  const remote: Remote<TrainingWorker> = wrap<TrainingWorker>(thread);
  return asLocal(remote, (answer) => breakdown.orBroken(answer));
}

function asLocal(
  remote: Remote<TrainingWorker>,
  orBroken: <Answer>(answer: Promise<Answer>) => Promise<Answer>,
): TrainingWorker {
  return {
    start: (forced, executor, head) => orBroken(remote.start(forced, executor, head)),
    machine: () => orBroken(remote.machine()),
    loadBackbone: (source) => orBroken(remote.loadBackbone(source)),
    setData: (data) => orBroken(remote.setData(handOver(data))),
    renameClasses: (classNames) => orBroken(remote.renameClasses(classNames)),
    plan: (config) => orBroken(remote.plan(config)),
    train: (config, listener) => orBroken(remote.train(config, proxy(listener))),
    runState: () => orBroken(remote.runState()),
    runFile: () => orBroken(remote.runFile()),
    resumeRun: (saved, listener) => orBroken(remote.resumeRun(saved, proxy(listener))),
    exportSchedule: (config) => orBroken(remote.exportSchedule(config)),
    pause: () => orBroken(remote.pause()),
    resume: () => orBroken(remote.resume()),
    stop: () => orBroken(remote.stop()),
    validate: () => orBroken(remote.validate()),
    weights: () => orBroken(remote.weights()),
    predict: (tensors) => orBroken(remote.predict(tensors)),
    classify: (pictures) => orBroken(remote.classify(pictures)),
    features: (tensors, layerName) => orBroken(remote.features(tensors, layerName)),
    exportModel: (format) => orBroken(remote.exportModel(format)),
    stats: () => orBroken(remote.stats()),
    planView: () => orBroken(remote.planView()),
    estimate: (config) => orBroken(remote.estimate(config)),
  };
}

/** The port to the input worker is given away; a script's tensors are copied. */
function handOver(data: WorkerData): WorkerData {
  if (data.kind === 'tensors' || !(data.supply instanceof MessagePort)) return data;
  return transfer(data, [data.supply]);
}
