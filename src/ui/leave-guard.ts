import type { ThawState } from '../store/state';
import type { Thaw } from '../store/thaw-store';
import { isTraining } from '../store/training/training-reducer';

/**
 * Lets the browser ask before the page is left while a run goes on, or with a model of one's own pictures that
 * was not taken away. It listens only then: a page that always does is never kept by the browser.
 */
export function guardLeaving(store: Thaw['store']): void {
  let guarded = false;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  store.subscribe((state) => {
    const wanted = hasMuchToLose(state);
    if (wanted === guarded) return;
    guarded = wanted;
    if (wanted) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  });
}

function hasMuchToLose({ training, data, results }: ThawState): boolean {
  return isTraining(training.status) || (results.unsaved && data.origin === 'files');
}
