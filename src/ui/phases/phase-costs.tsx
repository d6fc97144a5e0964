import type { KeptValues, PhaseCost } from '../../core/run/cost-report';
import { formatCount, formatEstimate, formatMemory } from '../format';
import { describeSpan } from '../strips/describe-span';
import styles from './cost.module.css';

/** Time of each phase, and what is computed once and kept in it. */
export function PhaseCosts({ phases }: { readonly phases: readonly PhaseCost[] }) {
  return (
    <table className={styles.table} aria-label="Cost of phases">
      <thead>
        <tr>
          <th scope="col">Phase</th>
          <th scope="col">Kept of each picture</th>
          <th scope="col">Step</th>
          <th scope="col">Time</th>
        </tr>
      </thead>
      <tbody>
        {phases.map((phase) => (
          <tr key={phase.name}>
            <th scope="row">
              {phase.name}
              <br />
              <span className={styles.quiet}>
                {phase.epochs === 0
                  ? 'no epochs'
                  : describeSpan(phase.startEpoch, phase.startEpoch + phase.epochs)}
              </span>
            </th>
            <td>{phase.epochs === 0 ? '–' : <Kept kept={phase.kept} />}</td>
            <td>{phase.epochs === 0 ? '–' : formatStep(phase.stepMs)}</td>
            <td>{formatEstimate(phase.seconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Kept({ kept }: { readonly kept: KeptValues | null }) {
  if (kept === null) return 'nothing';
  const pictures = Math.round(kept.bytes / kept.bytesPerPicture);
  return (
    <>
      {kept.layers.length === 1 ? kept.layers[0] : `values of ${kept.layers.length} layers`}
      <br />
      <span className={styles.quiet}>
        {formatMemory(kept.bytes)}, once {formatEstimate(kept.seconds)}
        {describeVariants(kept.trainingVariants)}
        {kept.picturesInMemory < pictures &&
          `; ${formatCount(kept.picturesInMemory)} of ${formatCount(pictures)} ${kept.trainingVariants > 1 ? 'variants' : 'pictures'} in memory`}
      </span>
    </>
  );
}

/** What is kept of a training picture, where that is not simply the picture. */
function describeVariants(variants: number): string {
  if (variants === 0) return '; validation pictures only, training pictures are computed in every epoch';
  if (variants === 1) return '';
  return `; ${formatCount(Math.round(variants))} variants of each training picture`;
}

function formatStep(stepMs: number): string {
  return stepMs < 1000 ? `${Number(stepMs.toPrecision(2))} ms` : formatEstimate(stepMs / 1000);
}
