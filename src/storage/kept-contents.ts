import type { KeptDatabase } from './kept-database';

/** Thousands of files in one transaction would keep the page from answering. */
const AT_ONCE = 100;

/** Adds what is not there yet. What it added goes again should it fail, so that a full disk is no fuller. */
export async function addContents(
  database: KeptDatabase,
  contents: ReadonlyMap<string, Blob>,
): Promise<void> {
  const present = new Set(await database.getAllKeys('pictures'));
  const missing = [...contents].filter(([id]) => !present.has(id));
  const added: string[] = [];
  try {
    for (const part of inParts(missing)) {
      const transaction = database.transaction('pictures', 'readwrite');
      added.push(...part.map(([id]) => id));
      await Promise.all([
        ...part.map(([id, content]) => transaction.store.put(content, id)),
        transaction.done,
      ]);
    }
  } catch (error) {
    await removeContents(database, added).catch(() => undefined);
    throw error;
  }
}

/** Removes what no kept picture refers to any more. */
export async function removeOtherContents(
  database: KeptDatabase,
  wanted: ReadonlySet<string>,
): Promise<void> {
  if (wanted.size === 0) return database.clear('pictures');
  const present = await database.getAllKeys('pictures');
  await removeContents(
    database,
    present.filter((id) => !wanted.has(id)),
  );
}

export async function readContents(database: KeptDatabase): Promise<ReadonlyMap<string, Blob>> {
  const contents = new Map<string, Blob>();
  for (const ids of inParts(await database.getAllKeys('pictures'))) {
    const range = IDBKeyRange.bound(ids[0]!, ids.at(-1)!);
    const part: unknown[] = await database.getAll('pictures', range);
    ids.forEach((id, index) => {
      const content = part[index];
      if (content instanceof Blob) contents.set(id, content);
    });
  }
  return contents;
}

async function removeContents(database: KeptDatabase, ids: readonly string[]): Promise<void> {
  for (const part of inParts(ids)) {
    const transaction = database.transaction('pictures', 'readwrite');
    await Promise.all([...part.map((id) => transaction.store.delete(id)), transaction.done]);
  }
}

function inParts<Value>(values: readonly Value[]): Value[][] {
  const parts = Math.ceil(values.length / AT_ONCE);
  return Array.from({ length: parts }, (_, part) => values.slice(part * AT_ONCE, (part + 1) * AT_ONCE));
}
