import { openKeptDatabase } from './kept-database';
import { ProjectKeeper } from './project-keeper';

/** What a ProjectKeeper does. */
export type Keeper = Pick<ProjectKeeper, keyof ProjectKeeper>;

/** `elsewhere`: another tab keeps. `refused`: the browser gives the page no storage. */
export type KeeperOpening =
  | { readonly status: 'open'; readonly keeper: Keeper; readonly droppedOlder: boolean }
  | { readonly status: 'elsewhere' | 'refused' };

/** A page that is loaded again may be there before the one it replaces has gone. */
const LOCK_WAIT_MS = 700;

/**
 * Opens what is kept, for as long as the page lives. Only one tab at a time does: two would overwrite each other.
 * @param locks of the navigator; undefined where the page is not in a secure context
 */
export async function openKeeper(locks: LockManager | undefined): Promise<KeeperOpening> {
  if (locks === undefined) return { status: 'refused' };
  try {
    if (!(await holdLock(locks))) return { status: 'elsewhere' };
    const { database, droppedOlder } = await openKeptDatabase();
    return { status: 'open', keeper: new ProjectKeeper(database), droppedOlder };
  } catch {
    return { status: 'refused' };
  }
}

/** @returns whether this page has the lock now; it keeps it until it goes */
function holdLock(locks: LockManager): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    const held = locks.request('thaw-kept', { signal }, () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    });
    held.catch((error: unknown) => (signal.aborted ? resolve(false) : reject(error)));
  });
}
