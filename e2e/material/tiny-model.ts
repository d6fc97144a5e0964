import { readFileSync } from 'node:fs';
import type { FileInMemory } from './file-in-memory';

const FOLDER = 'fixtures/lightning-tiny';

/** Where the backbone of the tiny model ends. */
export const TINY_BACKBONE_END = 'relu3';

interface ModelJson {
  format: string;
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[] }[] }[];
}

/** A layers model of three convolutions with BatchNorm, for 12×12 pictures: the files of a user's own. */
export function tinyModel(): FileInMemory[] {
  return [jsonFile(modelJson()), weightsFile()];
}

/** The upload broke off. */
export function truncatedModel(): FileInMemory[] {
  const { buffer, ...file } = weightsFile();
  return [jsonFile(modelJson()), { ...file, buffer: buffer.subarray(0, buffer.length / 2) }];
}

/** The manifest says of a kernel that it is larger than the layer that uses it, and than the file. */
export function lyingModel(): FileInMemory[] {
  const json = modelJson();
  const kernel = json.weightsManifest[0]!.weights.find(({ name }) => name === 'conv1/kernel')!;
  kernel.shape = [3, 3, 8, 3];
  return [jsonFile(json), weightsFile()];
}

/** What the converter makes by default: BatchNorm is folded away in it. */
export function graphModel(): FileInMemory[] {
  const json = { format: 'graph-model', modelTopology: { node: [], library: {} }, weightsManifest: [] };
  return [jsonFile(json)];
}

function modelJson(): ModelJson {
  return JSON.parse(readFileSync(`${FOLDER}/model.json`, 'utf8')) as ModelJson;
}

function weightsFile(): FileInMemory {
  return {
    name: 'weights.bin',
    mimeType: 'application/octet-stream',
    buffer: readFileSync(`${FOLDER}/weights.bin`),
  };
}

function jsonFile(json: unknown): FileInMemory {
  return { name: 'model.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(json)) };
}
