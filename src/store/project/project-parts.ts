import type { BackboneSource } from '../../core/api';
import type { Picture, PictureSet } from '../../data/picture-set';
import { withoutPictures } from '../../data/picture-set';
import type { KeptBackbone, KeptPictures, KeptProject } from '../../storage/kept-project';
import type { BackboneState, DataState } from '../state';

/** Above this, keeping a model of one's own would take more of the disk than it is worth. */
const MOST_MODEL_BYTES = 512 * 1024 * 1024;

/** @returns the backbone that is loaded as it is kept; null for one that cannot be */
export function keptBackboneOf({ source, report }: BackboneState): KeptBackbone | null {
  if (source === null || report === null) return null;
  const { backboneEnd, pictureSize } = report;
  const part = { backboneEnd, pictureSize, keepHead: source.keepHead ?? false };
  if (source.kind !== 'files') return { ...source, ...part };
  const files = source.files.flatMap((file) =>
    file instanceof Blob ? [{ name: file.name, content: file }] : [],
  );
  const sizeBytes = files.reduce((sum, { content }) => sum + content.size, 0);
  const isWhole = files.length === source.files.length;
  return isWhole && sizeBytes <= MOST_MODEL_BYTES ? { kind: 'files', files, ...part } : null;
}

export function backboneSourceOf(kept: KeptBackbone): BackboneSource {
  if (kept.kind !== 'files') return kept;
  return { ...kept, files: kept.files.map(({ name, content }) => new File([content], name)) };
}

/** @returns the pictures as they are kept, and the content of one's own by id; null for none and for tensors */
export function keptPicturesOf({ origin, pictures }: DataState): {
  readonly pictures: KeptPictures | null;
  readonly contents: ReadonlyMap<string, Blob>;
} {
  const contents = new Map<string, Blob>();
  if (pictures === null || (origin !== 'sample' && origin !== 'files')) return { pictures: null, contents };
  const { set } = pictures;
  for (const { id, source } of set.pictures) {
    if (source.kind === 'blob') contents.set(id, source.blob);
  }
  const list = set.pictures.map(({ id, name, classIndex }) => ({ id, name, classIndex }));
  return { pictures: { origin, classNames: [...set.classNames], pictures: list }, contents };
}

/** @param loadSamples asked only where samples were kept */
export async function pictureSetOf(
  kept: KeptPictures,
  contents: KeptProject['contents'],
  loadSamples: () => Promise<PictureSet>,
): Promise<PictureSet> {
  const samples = kept.origin === 'sample' ? (await loadSamples()).pictures : [];
  const sampleOf = new Map(samples.map((sample) => [sample.id, sample]));
  const pictures = kept.pictures.flatMap((picture): Picture[] => {
    const sample = sampleOf.get(picture.id);
    // Its class may have been renamed or merged.
    if (sample !== undefined) return [{ ...sample, classIndex: picture.classIndex }];
    const blob = contents.get(picture.id);
    return blob === undefined ? [] : [{ ...picture, source: { kind: 'blob', blob } }];
  });
  // Classes that have lost all their pictures go too.
  return withoutPictures({ classNames: kept.classNames, pictures }, new Set());
}
