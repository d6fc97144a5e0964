import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** One project: a record for each of its parts, and a store for what may be thousands. */
interface KeptSchema extends DBSchema {
  project: { key: KeptPart; value: unknown };
  /** The content of one's own pictures, by id. */
  pictures: { key: string; value: Blob };
}

export type KeptPart = 'backbone' | 'pictures' | 'options' | 'run';
export type KeptDatabase = IDBPDatabase<KeptSchema>;

/**
 * Raised where what an older version wrote cannot be told part by part: all of it is dropped. A record of another
 * shape is dropped alone.
 */
const KEPT_VERSION = 1;

/** @returns the database, and whether something was in it that another version wrote */
export async function openKeptDatabase(version = KEPT_VERSION): Promise<{
  readonly database: KeptDatabase;
  readonly droppedOlder: boolean;
}> {
  let droppedOlder = false;
  const database = await openDB<KeptSchema>('thaw-kept', version, {
    upgrade(opened, oldVersion) {
      droppedOlder = oldVersion > 0;
      for (const name of [...opened.objectStoreNames]) opened.deleteObjectStore(name);
      opened.createObjectStore('project');
      opened.createObjectStore('pictures');
    },
  });
  return { database, droppedOlder };
}
