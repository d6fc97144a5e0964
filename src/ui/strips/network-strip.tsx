import { memo } from 'react';
import type { LayerStatus } from '../../core/phases/layer-status';
import styles from './strips.module.css';

interface NetworkStripProps {
  readonly layers: readonly LayerStatus[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

/**
 * The network along depth, a cell a layer: coloured by state, with a bar as high as the measured change.
 * A slider lies over the drawing, so that it works by mouse, finger, keyboard and screen reader alike.
 */
export function NetworkStrip({ layers, chosen, onChoose }: NetworkStripProps) {
  const layer = layers[chosen];
  return (
    <div className={styles.network}>
      <Cells layers={layers} />
      <input
        className={styles.depth}
        type="range"
        aria-label="Layer"
        min={0}
        max={Math.max(layers.length - 1, 0)}
        value={chosen}
        aria-valuetext={layer === undefined ? 'no layers' : `${layer.name}, ${stateWord(layer)}`}
        onChange={(event) => onChoose(Number(event.target.value))}
      />
      <p className={styles.networkLegend}>
        <span className={styles.key}>
          <svg width="12" height="12" aria-hidden="true">
            <rect className={styles.cellTrainable} width="12" height="12" />
          </svg>
          trainable
        </span>
        <span className={styles.key}>
          <svg width="12" height="12" aria-hidden="true">
            <rect className={styles.cellFrozen} y="6" width="12" height="6" />
          </svg>
          frozen (half height)
        </span>
        <span className={styles.key}>
          <svg width="12" height="12" aria-hidden="true">
            <rect className={styles.cellNone} y="10" width="12" height="2" />
          </svg>
          no weights
        </span>
        <span className={styles.key}>bar: weight change; line: statistics change (log scale)</span>
      </p>
    </div>
  );
}

const CELL = 6;
const BAND = 14;
const BARS = 44;

const Cells = memo(function Cells({ layers }: { readonly layers: readonly LayerStatus[] }) {
  const height = BARS + BAND;
  return (
    <svg
      className={styles.cells}
      viewBox={`0 0 ${Math.max(layers.length, 1) * CELL} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {layers.map((layer, index) => {
        const x = index * CELL;
        const bar = BARS * changeHeight(layer.weightChange);
        const line = BARS * changeHeight(layer.statisticsChange);
        const [bandHeight, className] = band(layer.trainable);
        return (
          <g key={layer.name}>
            <rect
              className={className}
              x={x + 0.5}
              y={height - bandHeight}
              width={CELL - 1}
              height={bandHeight}
            />
            {bar > 0 && (
              <rect className={styles.bar} x={x + 0.5} y={BARS - bar} width={CELL - 1} height={bar} />
            )}
            {line > 0 && (
              <rect className={styles.statistics} x={x + 0.5} y={BARS - line} width={CELL - 1} height={2} />
            )}
          </g>
        );
      })}
    </svg>
  );
});

function band(trainable: boolean | null): [height: number, className: string | undefined] {
  if (trainable === null) return [2, styles.cellNone];
  return trainable ? [BAND - 2, styles.cellTrainable] : [BAND / 2, styles.cellFrozen];
}

/** 0 for no change at all; from a relative change of 1e-6 upwards along a log scale to 1 for a change of 1. */
function changeHeight(change: number | null): number {
  if (change === null || change === 0 || !Number.isFinite(change)) return 0;
  return Math.min(1, Math.max(0.04, 1 + Math.log10(change) / 6));
}

function stateWord({ trainable }: LayerStatus): string {
  if (trainable === null) return 'no weights';
  return trainable ? 'trainable' : 'frozen';
}
