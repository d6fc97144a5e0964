import type { RunRecord } from '../../core/run/run-record';
import { createThawApi } from '../thaw-api';
import { createThaw } from '../thaw-store';
import { createFakeWorld, type FakeWorld, LAYER } from './fake-ports';

/** What a run of the fake worker may end with. */
export const RECORD: RunRecord = {
  config: { epochs: 2 },
  warnings: [],
  epochs: [],
  steps: [],
  layers: [{ ...LAYER, weightChange: 0 }],
  outcome: 'completed',
};

export function open(world: FakeWorld = createFakeWorld(), search = '') {
  const thaw = createThaw(world.ports, search);
  return { world, thaw, api: createThawApi(thaw), state: () => thaw.store.getState() };
}

/** With a backbone and pictures. */
export async function openReady() {
  const opened = open();
  await opened.api.loadBackbone({ kind: 'bundled', id: 'tiny' });
  await opened.api.setData({ kind: 'sample' });
  return opened;
}
