import type { ReactNode } from 'react';
import type { ReachedPhase } from '../../store/training/training-reducer';
import { StateWord } from '../controls/state-word';
import { describeSpan } from './describe-span';
import styles from './strips.module.css';

interface OwnPhasesProps {
  readonly reached: readonly ReachedPhase[];
  readonly epochs: number;
  readonly needle: ReactNode;
}

/** A plan of one's own along time, as far as the run has come: a later phase may begin early or late. */
export function OwnPhases({ reached, epochs, needle }: OwnPhasesProps) {
  const percent = (span: number) => `${(100 * span) / epochs}%`;
  const spans = reached.map((phase, index) => ({
    ...phase,
    end: reached[index + 1]?.startEpoch ?? epochs,
  }));
  return (
    <figure className={styles.phases} aria-label="Phase plan">
      <div className={styles.time}>
        {spans.map(({ name, kind, startEpoch, end }) => (
          <div
            key={name}
            className={`${styles.segment} ${kind === 'frozen' ? styles.frozen : styles.unfrozen}`}
            style={{ width: percent(end - startEpoch) }}
          />
        ))}
        {spans.slice(1).map(({ name, startEpoch }) => (
          <span key={name} className={styles.boundary} style={{ left: percent(startEpoch) }} />
        ))}
        {needle}
      </div>
      <figcaption className={styles.captions}>
        {spans.map(({ name, kind, startEpoch, end }, index) => (
          <p key={name} className={styles.caption}>
            <strong>{name}</strong>{' '}
            <span className={styles.quiet}>
              {index + 1 < spans.length ? describeSpan(startEpoch, end) : `from epoch ${startEpoch}`}
            </span>
            <br />
            backbone <StateWord state={kind === 'frozen' ? 'frozen' : 'trainable'} />
            {kind === 'unfrozen' && ', all or in part'}
          </p>
        ))}
      </figcaption>
    </figure>
  );
}
