import type { ThawApi } from '../core/api';
import { ThawError } from '../core/errors';
import { toSerializableConfig } from '../core/options/options';
import type { TrainingEvent } from '../core/run/events';
import type { Thaw } from './thaw-store';

const EVENT_TYPES = {
  started: true,
  restarted: true,
  warning: true,
  epochStarted: true,
  step: true,
  epochEnded: true,
  log: true,
  preparing: true,
  paused: true,
  resumed: true,
  finished: true,
  failed: true,
} satisfies Record<TrainingEvent['type'], true>;

/**
 * The scripting API over the same actions as the buttons. What changes the project waits until that of the last visit
 * is back: else it would be overwritten by it.
 */
export function createThawApi({ ready, whenRestored, worker, actions, listen }: Thaw): ThawApi {
  return {
    ready,
    loadBackbone: (source) => whenRestored(() => actions.loadBackbone(source)),
    setData: (data) => whenRestored(() => actions.setData(data)),
    train: (config) => whenRestored(() => actions.train(config)),
    runState: () => worker.runState(),
    saveRun: () => actions.saveRun(),
    resumeRun: (state) => whenRestored(() => actions.resumeRun(state)),
    exportSchedule: async (config) => worker.exportSchedule(toSerializableConfig(config)),
    pause: () => actions.pause(),
    resume: () => actions.resume(),
    stop: () => actions.stop(),
    on(type, listener) {
      if (!Object.hasOwn(EVENT_TYPES, type)) {
        const known = Object.keys(EVENT_TYPES).join(', ');
        throw new ThawError('invalid-option', `There is no event “${String(type)}”. There is: ${known}.`);
      }
      return listen((event) => {
        if (isOfType(event, type)) listener(event);
      });
    },
    weights: () => worker.weights(),
    predict: (tensors) => worker.predict(tensors),
    features: (tensors, layerName) => worker.features(tensors, layerName),
    exportModel: (format) => worker.exportModel(format),
    stats: () => worker.stats(),
    planView: () => worker.planView(),
    estimate: async (config) => worker.estimate(toSerializableConfig(config)),
  };
}

function isOfType<T extends TrainingEvent['type']>(
  event: TrainingEvent,
  type: T,
): event is Extract<TrainingEvent, { type: T }> {
  return event.type === type;
}
