import styles from './app.module.css';
import { BackbonePanel } from './backbone/backbone-panel';
import { DataPanel } from './data/data-panel';
import { Header } from './frame/header';
import { RestoredLine } from './frame/restored-line';
import { LayersPanel } from './layers/layers-panel';
import { PhasesPanel } from './phases/phases-panel';
import { ResultsPanel } from './results/results-panel';
import { TrainingPanel } from './training/training-panel';

/** Five panels in the order of the work, and the network layer by layer. */
export function App() {
  return (
    <>
      <Header />
      <RestoredLine />
      <main className={styles.panels}>
        <div className={styles.setup}>
          <BackbonePanel />
          <DataPanel />
          <PhasesPanel />
        </div>
        <div className={styles.work}>
          <TrainingPanel />
          <ResultsPanel />
        </div>
        <div className={styles.layers}>
          <LayersPanel />
        </div>
      </main>
    </>
  );
}
