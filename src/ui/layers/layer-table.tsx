import { memo } from 'react';
import type { BatchNormMode } from '../../core/batch-norm';
import type { LayerStatus } from '../../core/phases/layer-status';
import { StateWord } from '../controls/state-word';
import { formatChange, formatCount, formatRate } from '../format';
import styles from './layers.module.css';

const BOUNDARY_NOTE = 'layer-boundary-note';

interface LayerTableProps {
  readonly layers: readonly LayerStatus[];
  /** Index of the row that the strip points at. */
  readonly chosen: number;
}

/** All rows stay in the page, so that they are found by role; unchanged rows are not drawn again. */
export const LayerTable = memo(function LayerTable({ layers, chosen }: LayerTableProps) {
  const marked = layers.some((layer) => layer.changesAtBoundary);
  return (
    <>
      <table className={styles.table} aria-label="Layers">
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Type</th>
            <th scope="col">Parameters</th>
            <th scope="col">Trainable</th>
            <th scope="col">BN statistics</th>
            <th scope="col">Learning rate</th>
            <th scope="col">Weight change</th>
            <th scope="col">Statistics change</th>
          </tr>
        </thead>
        <tbody>
          {layers.map((layer, index) => (
            <LayerRow
              key={layer.name}
              name={layer.name}
              type={layer.type}
              head={layer.part === 'head'}
              parameters={layer.parameters}
              trainable={layer.trainable}
              statistics={describeStatistics(layer.bn)}
              learningRate={layer.learningRate}
              weightChange={layer.weightChange}
              statisticsChange={layer.statisticsChange}
              changesAtBoundary={layer.changesAtBoundary}
              chosen={index === chosen}
            />
          ))}
        </tbody>
      </table>
      {marked && (
        <p id={BOUNDARY_NOTE} className={styles.note}>
          changes when the backbone is unfrozen
        </p>
      )}
    </>
  );
});

interface LayerRowProps {
  readonly name: string;
  readonly type: string;
  readonly head: boolean;
  readonly parameters: number;
  readonly trainable: boolean | null;
  readonly statistics: string;
  readonly learningRate: number | null;
  readonly weightChange: number | null;
  readonly statisticsChange: number | null;
  readonly changesAtBoundary: boolean;
  readonly chosen: boolean;
}

/** Plain values as properties: a new table with the same numbers redraws nothing. */
const LayerRow = memo(function LayerRow(row: LayerRowProps) {
  const names = [
    row.head ? styles.head : '',
    row.changesAtBoundary ? styles.marked : '',
    row.chosen ? styles.chosen : '',
  ];
  return (
    <tr className={names.filter(Boolean).join(' ') || undefined}>
      <th scope="row" aria-describedby={row.changesAtBoundary ? BOUNDARY_NOTE : undefined}>
        {row.name}
      </th>
      <td>{row.type}</td>
      <td>{formatCount(row.parameters)}</td>
      <td>{row.trainable === null ? '—' : <StateWord state={row.trainable ? 'trainable' : 'frozen'} />}</td>
      <td>{row.statistics}</td>
      <td>{formatRate(row.learningRate)}</td>
      <td>{formatChange(row.weightChange)}</td>
      <td>{formatChange(row.statisticsChange)}</td>
    </tr>
  );
});

function describeStatistics(bn: BatchNormMode | null): string {
  return bn === null ? '' : `${bn.normaliser}, ${bn.statistics}`;
}
