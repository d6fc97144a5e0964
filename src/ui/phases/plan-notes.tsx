import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useThawState } from '../thaw-context';
import styles from './phases.module.css';

/** What the planner says of the present options: why they cannot be trained with, or what to know first. */
export function PlanNotes() {
  const plan = useThawState((state) => state.plan);
  // After a press of Start training the sentence stands at that button, and not twice on the page.
  const saidAtStart = useThawState((state) =>
    state.messages.some(({ text }) => state.plan.status === 'refused' && text === state.plan.failure.message),
  );
  if (plan.status === 'none' || saidAtStart) return null;
  if (plan.status === 'refused') {
    return (
      <p className={styles.refused} role="alert">
        <CircleAlert aria-hidden="true" size={15} /> {plan.failure.message}
      </p>
    );
  }
  // What a plan names three times it is warned of twice, in the same words.
  const sentences = new Set(plan.report.warnings.map(({ message }) => message));
  return [...sentences].map((sentence) => (
    <p key={sentence} className={styles.warned} role="status">
      <TriangleAlert aria-hidden="true" size={15} /> {sentence}
    </p>
  ));
}
