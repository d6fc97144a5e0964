import { phaseBehaviour } from '../../core/phases/phase-behaviour';
import { StateWord } from '../controls/state-word';
import { useThawState } from '../thaw-context';
import { isOwnPhase } from '../training/phase-name';
import { usePlannedTime } from '../training/planned-time';
import { describeSpan } from './describe-span';
import { OwnPhases } from './own-phases';
import styles from './strips.module.css';

/** The phase plan along time: what trains when, the boundary, and a needle at the present step. */
export function PhaseStrip() {
  const { epochs, boundaryEpoch } = usePlannedTime();
  const reached = useThawState((state) => state.training.phases);
  const options = useThawState((state) => state.options);
  const now = useThawState(({ training }) =>
    training.stepsPerEpoch === 0 ? null : training.stepsDone / training.stepsPerEpoch,
  );
  const { trainBnFrozenPhase, trainBnUnfrozenPhase } = options;
  const preset = options.preset === 'none' ? null : options.preset;
  const [frozen, unfrozen] = phaseBehaviour({ trainBnFrozenPhase, trainBnUnfrozenPhase, preset });
  const end = boundaryEpoch ?? epochs;
  const percent = (epoch: number) => `${(100 * epoch) / epochs}%`;
  if (reached.length === 0 ? options.ownPlan !== null : reached.some(isOwnPhase)) {
    const needle = now === null ? null : <span className={styles.needle} style={{ left: percent(now) }} />;
    return <OwnPhases reached={reached} epochs={epochs} needle={needle} />;
  }
  return (
    <figure className={styles.phases} aria-label="Phase plan">
      <div className={styles.time}>
        {end > 0 && <div className={`${styles.segment} ${styles.frozen}`} style={{ width: percent(end) }} />}
        {end < epochs && (
          <div className={`${styles.segment} ${styles.unfrozen}`} style={{ width: percent(epochs - end) }} />
        )}
        {epochTicks(epochs).map((epoch) => (
          <span key={epoch} className={styles.tick} style={{ left: percent(epoch) }} />
        ))}
        {boundaryEpoch !== null && (
          <span className={styles.boundary} style={{ left: percent(boundaryEpoch) }} />
        )}
        {now !== null && <span className={styles.needle} style={{ left: percent(now) }} />}
      </div>
      <figcaption className={styles.captions}>
        {end > 0 && (
          <PhaseCaption
            name="Frozen phase"
            span={describeSpan(0, end)}
            backbone={frozen.backbone}
            batchNorm={frozen.batchNorm}
          />
        )}
        {boundaryEpoch === null ? (
          <p className={styles.never}>The backbone is never unfrozen.</p>
        ) : (
          <PhaseCaption
            name="After unfreeze"
            span={describeSpan(end, epochs)}
            backbone={unfrozen.backbone}
            batchNorm={unfrozen.batchNorm}
          />
        )}
      </figcaption>
    </figure>
  );
}

interface PhaseCaptionProps {
  readonly name: string;
  readonly span: string;
  readonly backbone: 'trainable' | 'frozen';
  readonly batchNorm: 'trainable' | 'frozen';
}

function PhaseCaption({ name, span, backbone, batchNorm }: PhaseCaptionProps) {
  return (
    <p className={styles.caption}>
      <strong>{name}</strong> <span className={styles.quiet}>{span}</span>
      <br />
      backbone <StateWord state={backbone} />, BatchNorm <StateWord state={batchNorm} />
    </p>
  );
}

/** A tick an epoch, fewer where they would run together. */
function epochTicks(epochs: number): number[] {
  const every = Math.ceil(epochs / 60);
  return Array.from({ length: Math.ceil(epochs / every) - 1 }, (_, index) => (index + 1) * every);
}
