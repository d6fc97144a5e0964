import type { KeptState, RunOffer as Offer } from '../../store/state';
import { useThawState } from '../thaw-context';
import styles from './training.module.css';

/** The run of the last visit, which the button Resume goes on with. One that had ended is brought back by itself. */
export function RunOffer() {
  const offer = useThawState((state) => state.kept.offer);
  const offered = useThawState((state) => isOffered(state.kept));
  if (offer === null || !offered) return null;
  return (
    <p className={styles.offer} role="status">
      {sentenceOf(offer)} Press Resume to go on with it.
    </p>
  );
}

export function isOffered({ offer }: KeptState): boolean {
  return offer !== null && offer.end !== 'completed';
}

function sentenceOf({ end, epochsDone, epochs }: Offer): string {
  const after = `after ${epochsDone} of ${epochs} epochs`;
  if (end === 'stopped') return `Training was stopped; what it had ${after} is kept.`;
  if (end === 'failed') return `Training failed; what it had ${after} is kept.`;
  return `Training stopped ${after}, when the page was closed.`;
}
