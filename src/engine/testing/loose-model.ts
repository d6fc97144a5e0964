import { readFileSync } from 'node:fs';
import type { NamedBytes } from '../readers/model-files';
import { bufferOf } from './lightning-runs';

/** A model.json that tests may damage, typed as loosely as they need it. */
export interface LooseLayer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}
export interface LooseModel {
  format: string;
  modelTopology: {
    class_name: string;
    config: { layers: LooseLayer[]; [key: string]: unknown };
    [key: string]: unknown;
  };
  weightsManifest: {
    paths: string[];
    weights: { name: string; shape: number[]; dtype: string; quantization?: Record<string, unknown> }[];
  }[];
}

export const TINY = 'fixtures/lightning-tiny';

export function tinyModel(): LooseModel {
  return JSON.parse(readFileSync(`${TINY}/model.json`, 'utf8')) as LooseModel;
}

export function asFiles(
  model: unknown,
  weights: ArrayBuffer = bufferOf(`${TINY}/weights.bin`),
): NamedBytes[] {
  return [
    { name: 'weights.bin', bytes: weights },
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)).buffer },
  ];
}

export function layerOf(model: LooseModel, name: string): LooseLayer {
  return model.modelTopology.config.layers.find((layer) => layer.config.name === name)!;
}
