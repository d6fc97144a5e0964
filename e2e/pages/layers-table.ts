import type { Locator, Page } from '@playwright/test';
import { readTable } from './read-table';

/** One row of the table `Layers`, in the words of the page. */
export interface LayerRow {
  readonly layer: string;
  readonly type: string;
  readonly parameters: string;
  readonly trainable: string;
  readonly statistics: string;
  readonly learningRate: string;
  readonly weightChange: string;
  readonly statisticsChange: string;
}

const COLUMNS = [
  'Layer',
  'Type',
  'Parameters',
  'Trainable',
  'BN statistics',
  'Learning rate',
  'Weight change',
  'Statistics change',
];

/** The table `Layers`: the plan before training, the truth during and after it. */
export class LayersTable {
  readonly table: Locator;

  constructor(page: Page) {
    this.table = page.getByRole('table', { name: 'Layers', exact: true });
  }

  async rows(): Promise<readonly LayerRow[]> {
    const [head, ...rows] = await readTable(this.table);
    if (head?.join() !== COLUMNS.join()) throw new Error(`The table has the columns ${head?.join(', ')}.`);
    return rows.map((cells) => {
      const [layer, type, parameters, trainable, statistics, learningRate, weightChange, statisticsChange] =
        cells as [string, string, string, string, string, string, string, string];
      return {
        layer,
        type,
        parameters,
        trainable,
        statistics,
        learningRate,
        weightChange,
        statisticsChange,
      };
    });
  }
}
