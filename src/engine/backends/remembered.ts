/**
 * Small JSON values that outlive the page: in the cache storage, which a worker has too. All of it may fail, and
 * what was remembered may have been changed by anyone: then it is found out again.
 */

/** @returns null where nothing is remembered under the key */
export async function recall(store: string, key: string): Promise<unknown> {
  try {
    const kept = await (await caches.open(store)).match(addressOf(store, key));
    return kept === undefined ? null : await kept.json();
  } catch {
    return null;
  }
}

/** @param others what the store has under other keys */
export async function remember(
  store: string,
  key: string,
  value: unknown,
  others: 'kept' | 'forgotten',
): Promise<void> {
  try {
    const cache = await caches.open(store);
    if (others === 'forgotten') for (const old of await cache.keys()) await cache.delete(old);
    await cache.put(addressOf(store, key), Response.json(value));
  } catch {
    // No such storage here.
  }
}

function addressOf(store: string, key: string): string {
  return `/${store}/${encodeURIComponent(key)}`;
}
