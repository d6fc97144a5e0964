import { expect, type Locator, type Page, type Worker } from '@playwright/test';
import type { BackendName, ReadyReport } from '../../src/core/api';
import { BackbonePanel, type NetworkPart } from './backbone-panel';
import { DataPanel } from './data-panel';
import { LayersTable } from './layers-table';
import { PhasesPanel } from './phases-panel';
import { ResultsPanel } from './results-panel';
import { TrainingPanel } from './training-panel';

/** A part of the bundled network that even a software adapter trains in seconds. */
export const SMALL: NetworkPart = { end: 'block1_project_bn', pictureSize: 96 };

/** The whole page, panel by panel, and what must not happen behind it. */
export class ThawPage {
  readonly page: Page;
  readonly backbone: BackbonePanel;
  readonly data: DataPanel;
  readonly phases: PhasesPanel;
  readonly training: TrainingPanel;
  readonly results: ResultsPanel;
  readonly layers: LayersTable;
  /** Addresses that were asked for, of page and workers. */
  readonly requested: string[] = [];
  /** Errors in the console, exceptions, and requests to another origin. */
  readonly problems: string[] = [];

  /** @param origin of the app, the only one that may be asked for anything */
  constructor(page: Page, origin: string) {
    this.page = page;
    this.backbone = new BackbonePanel(page);
    this.data = new DataPanel(page);
    this.phases = new PhasesPanel(page);
    this.training = new TrainingPanel(page);
    this.results = new ResultsPanel(page);
    this.layers = new LayersTable(page);
    this.#watch(origin);
  }

  /**
   * @param backend forced by the address; left out, the page chooses
   * @param more of the address: megabytes of decoded pixels that may be kept
   */
  async open(
    backend?: BackendName,
    more: { readonly pixelMemory?: number; readonly head?: BackendName } = {},
  ): Promise<ReadyReport> {
    const forced = Object.entries({ backend, ...more }).filter(([, value]) => value !== undefined);
    await this.page.goto(`/?${forced.map(([name, value]) => `${name}=${value}`).join('&')}`);
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible();
    return this.page.evaluate(() => window.thaw.ready);
  }

  /** For tests that do to its browser what no user can: lose the device, or have little memory. */
  trainingWorker(): Worker {
    const found = this.page.workers().find((worker) => worker.url().includes('training-worker'));
    if (found === undefined) throw new RangeError('The page has no training worker.');
    return found;
  }

  /** Every sentence the page says, wherever it stands. */
  message(text: string | RegExp): Locator {
    return this.page.getByRole('status').or(this.page.getByRole('alert')).filter({ hasText: text });
  }

  #watch(origin: string): void {
    const isOwn = (address: string) => {
      const url = new URL(address);
      return url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
    };
    // Of the context, so that workers' requests are seen as well.
    this.page.context().on('request', (request) => {
      this.requested.push(request.url());
      if (!isOwn(request.url())) this.problems.push(`asked for ${request.url()}`);
    });
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
    });
    this.page.on('pageerror', (error) => this.problems.push(`exception: ${error.message}`));
    this.page.on('crash', () => this.problems.push('the page crashed'));
  }
}
