import type { PlanTuning, PlanView } from '../../core/run/plan-view';
import { describeComparison, type StorageView } from '../../core/run/storage-view';
import type { LastStep } from '../../store/state';
import { ScrollBox } from '../controls/scroll-box';
import { formatCount, formatMemory, formatMillions, formatStepTime } from '../format';
import { useThawState } from '../thaw-context';
import styles from './training.module.css';

/** What a training step consists of: its kernel calls, and what they hold and move. */
export function PlanDisclosure() {
  const lastStep = useThawState((state) => state.lastStep);
  const stepMs = useThawState((state) => state.training.stepMs);
  return (
    <details className={styles.details}>
      <summary>Plan</summary>
      {lastStep === null ? (
        <p className={styles.planNote}>Filled after the first training step.</p>
      ) : (
        <div className={styles.plan}>
          <dl className={styles.readouts}>
            {[...describeStats(lastStep, stepMs), ...describePlan(lastStep.plan)].map(([name, value]) => (
              <div key={name} className={styles.readout}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          {lastStep.plan === null ? (
            <p className={styles.planNote}>
              TensorFlow.js runs this network operation by operation, so there is no step plan to show.
            </p>
          ) : (
            <>
              <p className={styles.planNote}>{describeStart(lastStep.plan)}</p>
              <p className={styles.planNote}>{describeStorage(lastStep.plan.storage)}</p>
              {lastStep.plan.tuning !== null && (
                <p className={styles.planNote}>{describeTuning(lastStep.plan.tuning)}</p>
              )}
              <CostliestCalls plan={lastStep.plan} />
            </>
          )}
        </div>
      )}
    </details>
  );
}

type Readout = readonly [name: string, value: string];

function describeStats({ stats }: LastStep, stepMs: number | null): readonly Readout[] {
  return [
    ['Step time', formatStepTime(stepMs)],
    ['Dispatches', formatCount(stats.dispatches)],
    ['JavaScript', `${stats.jsMs.toFixed(stats.jsMs < 10 ? 2 : 0)} ms`],
    ['Bytes held', formatMemory(stats.bytes)],
  ];
}

function describePlan(plan: PlanView | null): readonly Readout[] {
  if (plan === null) return [];
  return [
    ['Kernel calls', formatCount(plan.calls)],
    ['Multiply-adds', formatMillions(plan.multiplyAccumulates)],
    ['Bytes moved', formatMemory(plan.bytes)],
    ['Peak bytes', formatMemory(plan.peakBytes)],
    ['Pictures in it', formatCount(plan.batchSize)],
    ['Kept in memory', formatMemory(plan.kept.memoryBytes)],
    ['Kept on disk', formatMemory(plan.kept.diskBytes)],
  ];
}

function describeStart({ startsAt, kept }: PlanView): string {
  if (startsAt === 'pictures') return 'The last step went from the pictures through the whole network.';
  return `The last step started from the values that are kept of ${formatCount(kept.pictures)} pictures at the frozen boundary.`;
}

function describeStorage({ format, comparison }: StorageView): string {
  const kept = `What lies between the layers is kept in ${format === 'half' ? 16 : 32} bits.`;
  if (comparison === null) return kept;
  return `${kept} With 16 bits ${describeComparison(comparison)}.`;
}

function describeTuning({ shapes, measured, remembered }: PlanTuning): string {
  const when = [
    ...(measured > 0 ? [`${formatCount(measured)} on this visit`] : []),
    ...(remembered > 0 ? [`${formatCount(remembered)} on an earlier one`] : []),
  ].join(' and ');
  return `Of ${formatCount(shapes)} shapes of matrix products, each runs the kernel that was fastest on this adapter where that was measured: ${when}.`;
}

function CostliestCalls({ plan }: { readonly plan: PlanView }) {
  return (
    <ScrollBox className={styles.tableBox} label="Costliest calls">
      <table className={`${styles.epochs} ${styles.calls}`} aria-label="Costliest kernel calls">
        <thead>
          <tr>
            <th scope="col">Kernel</th>
            <th scope="col">Layer</th>
            <th scope="col">Multiply-adds</th>
            <th scope="col">Bytes moved</th>
          </tr>
        </thead>
        <tbody>
          {plan.costliest.map(({ kind, layer, multiplyAccumulates, bytes }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a layer may make the same call twice, and the order is the rank.
            <tr key={index}>
              <th scope="row">{kind}</th>
              <td>{layer}</td>
              <td>{formatMillions(multiplyAccumulates)}</td>
              <td>{formatMemory(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
