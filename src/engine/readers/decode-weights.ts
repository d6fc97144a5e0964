import { ThawError } from '../../core/errors';
import { elementCount } from '../../core/graph/graph';
import type { ManifestEntry, ManifestGroup } from './manifest';
import type { ModelFiles } from './model-files';

/**
 * The values of all float weights by their name in the manifest.
 * @throws ThawError `model-truncated`, `model-shape-mismatch`, `model-weights-not-finite`
 */
export async function decodeWeights(
  groups: readonly ManifestGroup[],
  files: ModelFiles,
): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const group of groups) {
    const bytes = await readGroup(group, files);
    let offset = 0;
    for (const entry of group.entries) {
      const slice = bytes.subarray(offset, offset + entry.sizeBytes);
      offset += entry.sizeBytes;
      if (entry.encoding.kind === 'other') continue;
      const values = decode(entry, new DataView(slice.buffer, slice.byteOffset, slice.byteLength));
      refuseNotFinite(entry.name, values);
      weights.set(entry.name, values);
    }
  }
  return weights;
}

/** One run of bytes; the manifest may cut it into shards anywhere, even inside a number. */
async function readGroup(group: ManifestGroup, files: ModelFiles): Promise<Uint8Array> {
  const wanted = group.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const shards = await Promise.all(group.paths.map((path) => files.readShard(path)));
  const present = shards.reduce((sum, shard) => sum + shard.byteLength, 0);
  if (present < wanted) {
    throw new ThawError(
      'model-truncated',
      `The weight files hold ${present} of the ${wanted} bytes that model.json lists: ${group.paths.join(', ')}. Download them again.`,
    );
  }
  if (present > wanted) {
    throw new ThawError(
      'model-shape-mismatch',
      `The weight files hold ${present - wanted} bytes more than model.json lists: ${group.paths.join(', ')}. They belong to another model; load the files of one export.`,
    );
  }
  const [only] = shards;
  if (shards.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(present);
  let offset = 0;
  for (const shard of shards) {
    bytes.set(shard, offset);
    offset += shard.byteLength;
  }
  return bytes;
}

function decode({ shape, encoding }: ManifestEntry, view: DataView): Float32Array {
  const values = new Float32Array(elementCount(shape));
  switch (encoding.kind) {
    case 'float32':
      for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true);
      break;
    case 'float16':
      for (let i = 0; i < values.length; i++) values[i] = halfToNumber(view.getUint16(2 * i, true));
      break;
    case 'uint8':
      for (let i = 0; i < values.length; i++) values[i] = view.getUint8(i) * encoding.scale + encoding.min;
      break;
    case 'uint16':
      for (let i = 0; i < values.length; i++) {
        values[i] = view.getUint16(2 * i, true) * encoding.scale + encoding.min;
      }
      break;
    case 'other':
      break;
  }
  return values;
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function refuseNotFinite(name: string, values: Float32Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ThawError(
      'model-weights-not-finite',
      `The weight ${name} holds ${String(values[bad])} at position ${bad}; such a model cannot be trained. Load a checkpoint from before it broke.`,
    );
  }
}
