import { toFailure } from '../../core/errors';
import { toSerializableConfig } from '../../core/options/options';
import type { ActionContext } from '../action-context';
import { toTrainConfig } from '../phase-options';
import { isTraining } from './training-reducer';

export interface PlanRefresh {
  /**
   * Asks the worker what the present options would train; resolves when the page shows it.
   * @param layers `measured`: the layer table goes on showing what the last run measured. Default: the plan's
   */
  refresh(layers?: ShownLayers): Promise<void>;
}

type ShownLayers = 'planned' | 'measured';

/** One question at a time: whatever changed while it was asked is asked for once, afterwards. */
export function createPlanRefresh({ store, ports }: Pick<ActionContext, 'store' | 'ports'>): PlanRefresh {
  let running: Promise<void> | null = null;
  let again = false;
  let shown: ShownLayers = 'planned';

  async function ask(): Promise<void> {
    do {
      again = false;
      const { backbone, options, training } = store.getState();
      if (backbone.report === null || isTraining(training.status)) return;
      try {
        const report = await ports.worker.plan(toSerializableConfig(toTrainConfig(options)));
        if (isTraining(store.getState().training.status)) return;
        store.setState({
          plan: { status: 'planned', report },
          ...(shown === 'planned' && { layers: report.layers }),
        });
      } catch (error) {
        const failure = toFailure(error);
        // Without pictures there is no head to plan for yet; the table shows the network as loaded.
        store.setState({
          plan: failure.code === 'no-data' ? { status: 'none' } : { status: 'refused', failure },
        });
      }
    } while (again);
  }

  return {
    refresh(layers = 'planned') {
      shown = layers;
      if (running === null) {
        running = ask().finally(() => {
          running = null;
        });
      } else {
        again = true;
      }
      return running;
    },
  };
}
