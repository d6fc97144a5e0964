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

/** @returns how many of one's own pictures are kept */
export async function keptCount(page: Page): Promise<number> {
  const { pictures } = (await keptParts(page)) as { pictures?: { pictures: unknown[] } };
  return pictures?.pictures.length ?? 0;
}

export async function keptClassNames(page: Page): Promise<readonly string[]> {
  const { pictures } = (await keptParts(page)) as { pictures?: { classNames: string[] } };
  return pictures?.classNames ?? [];
}

/** @returns the epochs of the run that is kept with this end; 0 for none */
export async function keptRun(page: Page, end: string | null): Promise<number> {
  const { run } = (await keptParts(page)) as { run?: { epochsDone: number; end: string | null } };
  return run === undefined || run.end !== end ? 0 : run.epochsDone;
}

/** Asks for no more than a number: what the page itself does meanwhile is measured. */
export async function arePicturesKept(page: Page): Promise<boolean> {
  return page.evaluate(
    () =>
      new Promise<boolean>((resolve, reject) => {
        const opening = indexedDB.open('thaw-kept');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction('project').objectStore('project').count('pictures');
          counting.onsuccess = () => {
            opening.result.close();
            resolve(counting.result === 1);
          };
        };
      }),
  );
}
