import type { TrainPhase, TrainPhaseStart } from '../../core/options/train-config';
import type { OwnPlan as Plan } from '../../store/phase-options';
import { Button } from '../controls/button';
import styles from './phases.module.css';
import { useSetPhaseOption } from './use-phase-option';

/** A plan that a script gave: what it is, and the way back to the two phases of the controls. */
export function OwnPlan({ plan }: { readonly plan: Plan }) {
  const set = useSetPhaseOption();
  return (
    <div className={styles.note}>
      <p className={styles.why}>
        {plan.phases === undefined
          ? 'A script gave these phases as a schedule of finetuning-scheduler. Start training uses them again.'
          : 'A script gave these phases. Start training uses them again.'}
      </p>
      {plan.phases !== undefined && <PhaseTable phases={plan.phases} />}
      <div>
        <Button onClick={() => set('ownPlan', null)}>Use two phases</Button>
      </div>
    </div>
  );
}

function PhaseTable({ phases }: { readonly phases: readonly TrainPhase[] }) {
  return (
    <table className={styles.compare} aria-label="Phases of the script">
      <thead>
        <tr>
          <th scope="col">Phase</th>
          <th scope="col">Begins</th>
          <th scope="col">Joins</th>
        </tr>
      </thead>
      <tbody>
        {phases.map(({ name = '', start, layers = [] }, index) => {
          const shownName = name === '' ? `phase ${index}` : name;
          return (
            <tr key={shownName}>
              <th scope="row">{shownName}</th>
              <td>{describeStart(start)}</td>
              <td>{describeLayers(layers, index)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function describeStart(start: TrainPhaseStart | undefined): string {
  if (start === undefined) return 'epoch 0';
  if (start.kind === 'epoch') return `epoch ${start.epoch}`;
  const { patience = 3, atLatestEpoch = null } = start;
  const latest = atLatestEpoch === null ? '' : `, at the latest epoch ${atLatestEpoch}`;
  return `validation loss stalled for ${patience} ${patience === 1 ? 'epoch' : 'epochs'}${latest}`;
}

const LAYERS_NAMED = 4;

function describeLayers(layers: readonly string[], index: number): string {
  const named = [...(index === 0 ? ['head'] : []), ...layers];
  const more = named.length - LAYERS_NAMED;
  if (named.length === 0) return 'nothing';
  return named.slice(0, LAYERS_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
