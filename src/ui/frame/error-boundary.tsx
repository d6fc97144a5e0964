import { Component, type ReactNode, useState } from 'react';
import { toFailure } from '../../core/errors';
import { Button } from '../controls/button';
import { useThaw } from '../thaw-context';
import styles from './error-boundary.module.css';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  /** Why the page cannot be drawn; null: it can. */
  readonly why: string | null;
}

/** Instead of a blank page: what is kept may be at fault, and the page would be blank at every visit. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { why: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { why: toFailure(error).message };
  }

  override render(): ReactNode {
    const { why } = this.state;
    return why === null ? this.props.children : <FaultPage why={why} />;
  }
}

function FaultPage({ why }: { readonly why: string }) {
  const { actions } = useThaw();
  const [refusal, setRefusal] = useState<string | null>(null);
  const beginAnew = () => actions.forgetAll().catch((error: unknown) => setRefusal(toFailure(error).message));
  return (
    <main className={styles.fault}>
      <div role="alert">
        <h1 className={styles.title}>This page cannot be shown</h1>
        <p>{why}</p>
        <p>
          Press Reload. Should the page end here again, press Begin anew: this browser forgets the pictures,
          the backbone, the options and the run. Your own files stay where they are.
        </p>
        {refusal !== null && <p>{refusal}</p>}
      </div>
      <div className={styles.presses}>
        <Button look="next" onClick={() => location.reload()}>
          Reload
        </Button>
        <Button onClick={beginAnew}>Begin anew</Button>
      </div>
    </main>
  );
}
