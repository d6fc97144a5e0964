import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const PART = { backboneEnd: v.string(), pictureSize: count, keepHead: v.boolean() };

/** Where the backbone is from; one's own files with their content. */
export const KEPT_BACKBONE = v.variant('kind', [
  v.object({ kind: v.literal('bundled'), id: v.string(), ...PART }),
  v.object({ kind: v.literal('url'), url: v.string(), ...PART }),
  v.object({
    kind: v.literal('files'),
    files: v.array(v.object({ name: v.string(), content: v.instance(Blob) })),
    ...PART,
  }),
]);

/** The pictures in their order, and their classes in theirs. The content of one's own is in a store beside it. */
export const KEPT_PICTURES = v.pipe(
  v.object({
    origin: v.picklist(['sample', 'files']),
    classNames: v.array(v.string()),
    pictures: v.array(v.object({ id: v.string(), name: v.string(), classIndex: count })),
  }),
  v.check(({ classNames, pictures }) => pictures.every(({ classIndex }) => classIndex < classNames.length)),
);

/** A run at the end of its last epoch. */
export const KEPT_RUN = v.object({
  /** What the Phases panel showed of it; checked by whoever shows it. */
  options: v.unknown(),
  epochs: count,
  epochsDone: count,
  /** How it ended; null: it had not. */
  end: v.nullable(v.picklist(['completed', 'stopped', 'failed'])),
  /** As `runStateToBytes` makes it. */
  file: v.instance(Blob),
});

export type KeptBackbone = v.InferOutput<typeof KEPT_BACKBONE>;
export type KeptPictures = v.InferOutput<typeof KEPT_PICTURES>;
export type KeptRun = v.InferOutput<typeof KEPT_RUN>;

/** What is kept between two visits of the page; null: nothing of it. */
export interface KeptProject {
  readonly backbone: KeptBackbone | null;
  readonly pictures: KeptPictures | null;
  /** Content of one's own pictures, by id. */
  readonly contents: ReadonlyMap<string, Blob>;
  /** Of the Phases panel; checked by whoever shows them. */
  readonly options: unknown;
  readonly run: KeptRun | null;
  /** What was damaged, in words, and has been dropped. */
  readonly dropped: readonly string[];
}
