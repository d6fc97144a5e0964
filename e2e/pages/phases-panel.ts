import type { Locator, Page } from '@playwright/test';
import { readTable } from './read-table';

type NumberName = 'Epochs' | 'Unfreeze backbone at epoch' | 'Learning rate' | 'Batch size';

/** Region `Phases`: what trains when, and how BatchNorm behaves. */
export class PhasesPanel {
  readonly region: Locator;
  readonly frozenSwitch: Locator;
  readonly unfrozenSwitch: Locator;
  readonly behaviour: Locator;
  readonly optimizer: Locator;
  /** What the planner or a refused change says. */
  readonly failure: Locator;

  constructor(page: Page) {
    this.region = page.getByRole('region', { name: 'Phases', exact: true });
    this.frozenSwitch = this.region.getByRole('switch', { name: 'Train BatchNorm in frozen phase' });
    this.unfrozenSwitch = this.region.getByRole('switch', { name: 'Train BatchNorm in unfrozen phase' });
    this.behaviour = this.region.getByRole('table', { name: 'Phase behaviour' });
    this.optimizer = this.region.getByRole('combobox', { name: 'Optimizer', exact: true });
    this.failure = this.region.getByRole('alert');
  }

  number(name: NumberName): Locator {
    return this.region.getByRole('spinbutton', { name, exact: true });
  }

  async fill(values: Partial<Record<NumberName, number>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      await this.number(name as NumberName).fill(String(value));
    }
  }

  async trainBatchNorm({ frozen, unfrozen }: { frozen: boolean; unfrozen: boolean }): Promise<void> {
    await this.frozenSwitch.setChecked(frozen);
    await this.unfrozenSwitch.setChecked(unfrozen);
  }

  /** Rows of the table `Phase behaviour`: name, backbone, BatchNorm. */
  async behaviourRows(): Promise<string[][]> {
    return (await readTable(this.behaviour)).slice(1);
  }
}
