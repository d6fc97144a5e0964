import type { Page } from '@playwright/test';

/** What the page keeps on this machine, read past it. */
export async function keptParts(page: Page): Promise<Readonly<Record<string, unknown>>> {
  return page.evaluate(async () => {
    const database = await openKept();
    const store = database.transaction('project').objectStore('project');
    const entries = ['backbone', 'pictures', 'options', 'run'].map(
      async (part) => [part, await answerOf(store.get(part))] as const,
    );
    const parts = Object.fromEntries((await Promise.all(entries)).filter(([, value]) => value !== undefined));
    database.close();
    return parts;

    function openKept(): Promise<IDBDatabase> {
      return answerOf(indexedDB.open('thaw-kept'));
    }

    function answerOf<Value>(request: IDBRequest<Value>): Promise<Value> {
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    }
  });
}

/** Puts anything in the place of a kept part. */
export async function damagePart(page: Page, part: string, value: unknown): Promise<void> {
  await page.evaluate(
    ({ part, value }) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('thaw-kept');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('project', 'readwrite');
          transaction.objectStore('project').put(value, part);
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    { part, value },
  );
}
