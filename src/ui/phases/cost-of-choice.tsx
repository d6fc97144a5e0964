import { useId } from 'react';
import type { CostReport } from '../../core/run/cost-report';
import type { CostState } from '../../store/state';
import { isTraining } from '../../store/training/training-reducer';
import { formatEstimate, formatMemory } from '../format';
import { useThawState } from '../thaw-context';
import { CombinationTable } from './combination-table';
import styles from './cost.module.css';
import { describeChoice } from './describe-choice';
import { PhaseCosts } from './phase-costs';

/** What the present options would cost on this machine: estimated before anything is paid. */
export function CostOfChoice() {
  const cost = useThawState((state) => state.cost);
  const training = useThawState((state) => isTraining(state.training.status));
  const heading = useId();
  const report = shownReport(cost);
  return (
    <section className={styles.cost} aria-labelledby={heading} aria-busy={cost.status === 'estimating'}>
      <header className={styles.header}>
        <h3 id={heading} className={styles.heading}>
          What this choice costs
        </h3>
        {report !== null && (
          <span className={styles.quiet}>
            {cost.status === 'estimating' ? 'estimating …' : `about ${formatEstimate(report.seconds)} in all`}
          </span>
        )}
      </header>
      {report === null && <p className={styles.quiet}>{whyNothing(cost, training)}</p>}
      {report !== null && <Report report={report} />}
    </section>
  );
}

function Report({ report }: { readonly report: CostReport }) {
  const { peakBytes, limitBytes, proposal } = report.memory;
  const trainCount = useThawState((state) => state.data.report?.trainCount ?? 0);
  const choice = describeChoice(report.combinations, trainCount);
  return (
    <>
      {choice !== null && <p className={styles.choice}>{choice}</p>}
      <PhaseCosts phases={report.phases} />
      {report.combinations.length > 0 && <CombinationTable combinations={report.combinations} />}
      <p className={styles.quiet}>
        {`Peak memory ${formatMemory(peakBytes)} of some ${formatMemory(limitBytes)} that a page may use here. Estimated for: ${report.engine}.`}
      </p>
      {proposal !== null && <p className={styles.proposal}>{proposal.message}</p>}
    </>
  );
}

function shownReport(cost: CostState): CostReport | null {
  if (cost.status === 'estimated') return cost.report;
  return cost.status === 'estimating' ? cost.before : null;
}

function whyNothing(cost: CostState, training: boolean): string {
  if (cost.status === 'unavailable') return `No estimate: ${cost.why}`;
  if (cost.status === 'estimating') return 'Estimating, from a short measurement on this machine …';
  if (training) return 'Estimated again when training has ended.';
  return 'Estimated as soon as there are a backbone, pictures, and options to train with.';
}
