import { resolveTrainConfig } from '../../core/options/options';
import { compareWithLightning, type LightningDifference } from '../../core/phases/compare-with-lightning';
import { type PhaseOptions, toTrainConfig } from '../../store/phase-options';
import { useThawState } from '../thaw-context';
import { EXAMPLE_GRAPH } from './example-graph';
import styles from './phases.module.css';

/** Says in one table what PyTorch Lightning 2.6 would do otherwise with the present choice. */
export function CompareWithLightning() {
  const options = useThawState((state) => state.options);
  const hasBatchNorm = useThawState((state) => state.backbone.report?.batchNormLayers !== 0);
  const differences = hasBatchNorm ? differencesOf(options) : [];
  return (
    <details className={styles.details}>
      <summary>Compare with Lightning</summary>
      <div className={styles.note}>
        <p className={styles.why}>
          PyTorch Lightning 2.6 has one option, <code>train_bn</code>, and applies it only at unfreezing; in
          the frozen phase BatchNorm always trains there.
        </p>
        {differences === null && <p className={styles.why}>The present options cannot be trained with.</p>}
        {differences?.length === 0 && (
          <p className={styles.why}>With the present choice both do the same for BatchNorm.</p>
        )}
        {differences !== null && differences.length > 0 && <DifferenceTable rows={differences} />}
      </div>
    </details>
  );
}

function DifferenceTable({ rows }: { readonly rows: readonly LightningDifference[] }) {
  return (
    <table className={styles.compare} aria-label="Compare with Lightning">
      <thead>
        <tr>
          <th scope="col">What differs</th>
          <th scope="col">Thaw</th>
          <th scope="col">Lightning 2.6</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ what, thaw, lightning }) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{thaw}</td>
            <td>{lightning}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** @returns null for options that cannot be trained with */
function differencesOf(options: PhaseOptions): readonly LightningDifference[] | null {
  try {
    return compareWithLightning(EXAMPLE_GRAPH, resolveTrainConfig(toTrainConfig(options)).resolved);
  } catch {
    return null;
  }
}
