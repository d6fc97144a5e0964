import { ThawError } from '../../core/errors';

/** A model on its way in: its parsed model.json and a way to get the files that model.json names. */
export interface ModelFiles {
  readonly json: unknown;
  /** @throws ThawError `model-truncated` where the file is missing */
  readShard(path: string): Promise<Uint8Array>;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

/** @throws ThawError `model-not-found`, `model-invalid` */
export async function openModelUrl(url: string, fetcher: typeof fetch = fetch): Promise<ModelFiles> {
  const response = await fetchOrFail(url, fetcher);
  const json = parseJson(new Uint8Array(await response.arrayBuffer()), url);
  return {
    json,
    async readShard(path) {
      const shardUrl = besideModel(path, url);
      const shard = await fetcher(shardUrl).catch(() => null);
      if (shard === null || !shard.ok) throw shardMissing(path);
      return new Uint8Array(await shard.arrayBuffer());
    },
  };
}

/** Files as picked or dropped, in any order; one of them is the model.json. */
export async function openModelFiles(files: readonly NamedBytes[]): Promise<ModelFiles> {
  const jsonFiles = files.filter((file) => file.name.toLowerCase().endsWith('.json'));
  const model = jsonFiles.find((file) => baseName(file.name) === 'model.json') ?? jsonFiles[0];
  if (model === undefined) {
    throw new ThawError(
      'model-invalid',
      'There is no model.json among these files. Choose model.json together with all of its .bin files.',
    );
  }
  return {
    json: parseJson(new Uint8Array(model.bytes), model.name),
    async readShard(path) {
      const shard = files.find((file) => baseName(file.name) === baseName(path));
      if (shard === undefined) throw shardMissing(path);
      return new Uint8Array(shard.bytes);
    },
  };
}

async function fetchOrFail(url: string, fetcher: typeof fetch): Promise<Response> {
  const response = await fetcher(url).catch((cause: unknown) => {
    throw new ThawError(
      'model-not-found',
      `The model at ${url} could not be fetched. Check the address and the connection; the server has to allow this page to read it.`,
      { cause },
    );
  });
  if (!response.ok) {
    throw new ThawError(
      'model-not-found',
      `There is no model at ${url} (the server answered ${response.status}). Check the address.`,
    );
  }
  return response;
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ThawError(
      'model-invalid',
      `${name} is not a TensorFlow.js model: it holds no JSON. Choose the model.json of a layers model.`,
      { cause },
    );
  }
}

/** A shard lies beside its model.json; a manifest that points elsewhere is not followed. */
function besideModel(path: string, modelUrl: string): string {
  const base = new URL(modelUrl, globalThis.location?.href);
  const shard = new URL(path, base);
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1);
  if (shard.origin !== base.origin || !shard.pathname.startsWith(folder)) {
    throw new ThawError(
      'model-invalid',
      `The model names a weight file outside its own folder (${path}), which is not read. Put the files beside model.json.`,
    );
  }
  shard.search = base.search;
  return shard.href;
}

function shardMissing(path: string): ThawError {
  return new ThawError(
    'model-truncated',
    `The weight file ${path} is missing. Load model.json together with all of its .bin files.`,
  );
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
