import type { Network } from '../../core/graph/graph';
import {
  type FixtureData,
  fixtureData,
  fixtureNetwork,
  type ReferenceRun,
  referenceRun as runOf,
} from './lightning-runs';

export { bufferOf, type ReferenceRun } from './lightning-runs';

/** The small network most tests use: three convolutions with BatchNorm, 12×12 pictures, three classes. */
export type TinyData = FixtureData;

export const referenceRun = (name: string): ReferenceRun => runOf('lightning-tiny', name);

export const tinyNetwork = (): Promise<Network> => fixtureNetwork('lightning-tiny');

export const tinyData = (): TinyData => fixtureData('lightning-tiny');
