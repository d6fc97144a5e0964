import * as v from 'valibot';
import { addContents, readContents, removeOtherContents } from './kept-contents';
import type { KeptDatabase, KeptPart } from './kept-database';
import {
  KEPT_BACKBONE,
  KEPT_PICTURES,
  KEPT_RUN,
  type KeptBackbone,
  type KeptPictures,
  type KeptProject,
  type KeptRun,
} from './kept-project';

/**
 * Keeps one project on this machine. Each write is a transaction: where it fails, what was there is still there, and
 * the browser's own exception says why. A run rests on its backbone and pictures: it goes with either.
 */
export class ProjectKeeper {
  readonly #database: KeptDatabase;

  constructor(database: KeptDatabase) {
    this.#database = database;
  }

  /** What is damaged is dropped, with the run that rests on it. */
  async read(): Promise<KeptProject> {
    const dropped: string[] = [];
    const drop = async (words: string, part: KeptPart | null) => {
      dropped.push(words);
      if (part !== null) await this.#database.delete('project', part);
    };
    const backbone = await this.#part('backbone', KEPT_BACKBONE);
    if (backbone === 'damaged') await drop('the backbone', 'backbone');
    const { pictures, contents, missing } = await this.#pictures();
    if (pictures === 'damaged') await drop('the pictures', 'pictures');
    if (missing > 0) {
      await drop(missing === 1 ? 'one picture' : `${missing} pictures`, null);
      await this.#database.put('project', pictures, 'pictures');
    }
    const found = await this.#part('run', KEPT_RUN);
    const run = dropped.length === 0 ? found : found && 'damaged';
    if (run === 'damaged') await drop('the run', 'run');
    return {
      backbone: unlessDamaged(backbone),
      pictures: unlessDamaged(pictures),
      contents,
      options: await this.#database.get('project', 'options'),
      run: unlessDamaged(run),
      dropped,
    };
  }

  /** @param backbone null: one that cannot be kept */
  async keepBackbone(backbone: KeptBackbone | null): Promise<void> {
    await this.#replace('backbone', backbone);
  }

  /** @param contents of one's own pictures, by id */
  async keepPictures(pictures: KeptPictures | null, contents: ReadonlyMap<string, Blob>): Promise<void> {
    await addContents(this.#database, contents);
    await this.#replace('pictures', pictures);
    await removeOtherContents(this.#database, new Set(contents.keys()));
  }

  /** @param pictures that are kept already, with other names for their classes: a run of them stays */
  async keepClassNames(pictures: KeptPictures): Promise<void> {
    await this.#database.put('project', pictures, 'pictures');
  }

  async keepOptions(options: unknown): Promise<void> {
    await this.#database.put('project', options, 'options');
  }

  async keepRun(run: KeptRun): Promise<void> {
    await this.#database.put('project', run, 'run');
  }

  async forgetRun(): Promise<void> {
    await this.#database.delete('project', 'run');
  }

  async forget(): Promise<void> {
    const transaction = this.#database.transaction(['project', 'pictures'], 'readwrite');
    await Promise.all([
      transaction.objectStore('project').clear(),
      transaction.objectStore('pictures').clear(),
      transaction.done,
    ]);
  }

  async #replace(part: 'backbone' | 'pictures', value: unknown): Promise<void> {
    const transaction = this.#database.transaction('project', 'readwrite');
    await Promise.all([
      value === null ? transaction.store.delete(part) : transaction.store.put(value, part),
      transaction.store.delete('run'),
      transaction.done,
    ]);
  }

  async #part<Schema extends v.GenericSchema>(
    part: KeptPart,
    schema: Schema,
  ): Promise<v.InferOutput<Schema> | null | 'damaged'> {
    const value = await this.#database.get('project', part);
    if (value === undefined) return null;
    const read = v.safeParse(schema, value);
    return read.success ? read.output : 'damaged';
  }

  /** A picture whose content is missing is left out. */
  async #pictures() {
    const pictures = await this.#part('pictures', KEPT_PICTURES);
    if (pictures === null || pictures === 'damaged' || pictures.origin === 'sample') {
      return { pictures, contents: new Map<string, Blob>(), missing: 0 };
    }
    const contents = await readContents(this.#database);
    const there = pictures.pictures.filter(({ id }) => contents.has(id));
    const missing = pictures.pictures.length - there.length;
    return { pictures: { ...pictures, pictures: there }, contents, missing };
  }
}

function unlessDamaged<Value>(value: Value | 'damaged'): Value | null {
  return value === 'damaged' ? null : value;
}
