import { Cpu } from 'lucide-react';
import type { MachineReport } from '../../core/worker-contract';
import { useThawState } from '../thaw-context';
import styles from './header.module.css';

const ACCELERATION = {
  gpu: ' on the graphics processor',
  software: ' on a software adapter',
  none: '',
} as const;

/** Which backend does the work, on what, and why it was chosen. */
export function MachineLine() {
  const machine = useThawState((state) => state.machine);
  const forced = useThawState((state) => state.forcedBackend);
  return (
    <div className={styles.machine}>
      <Cpu aria-hidden="true" size={14} />
      <p role="status" aria-label="Machine">
        {machine.status === 'starting' && 'Choosing a backend …'}
        {machine.status === 'failed' && 'No backend'}
        {machine.status === 'ready' && describeMachine(machine.report)}
      </p>
      {machine.status === 'ready' && <Why report={machine.report} forced={forced !== null} />}
    </div>
  );
}

const EXECUTORS = { plan: ', step plans', tfjs: ', TensorFlow.js operations' } as const;

function describeMachine({ backend, acceleration, adapter, executor, headBackend }: MachineReport): string {
  const way = executor === undefined ? '' : EXECUTORS[executor];
  const head = headBackend === undefined ? '' : `, heads on kept features on ${headBackend}`;
  return `${backend}${ACCELERATION[acceleration]} (${adapter})${way}${head}`;
}

function Why({ report, forced }: { readonly report: MachineReport; readonly forced: boolean }) {
  return (
    <details className={styles.why}>
      <summary>Why?</summary>
      <div className={styles.probes}>
        {forced && <p>The address of the page asks for this backend.</p>}
        {report.probes.length > 0 && (
          <table aria-label="Backends measured">
            <thead>
              <tr>
                <th scope="col">Backend</th>
                <th scope="col">Probe</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {report.probes.map(({ backend, probeMs, reason }) => (
                <tr key={backend}>
                  <th scope="row">{backend}</th>
                  <td>{probeMs === null ? '–' : `${probeMs.toFixed(1)} ms`}</td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </details>
  );
}
