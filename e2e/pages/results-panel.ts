import type { Download, Locator, Page } from '@playwright/test';
import { readTable } from './read-table';

/** Region `Results`: how well it does, on the validation pictures and on one's own. */
export class ResultsPanel {
  readonly region: Locator;
  readonly accuracy: Locator;
  readonly confusion: Locator;
  readonly tryButton: Locator;
  readonly tryWebcamButton: Locator;
  readonly stopWebcamButton: Locator;
  readonly downloadButton: Locator;
  readonly prediction: Locator;
  readonly wrongPictures: Locator;
  readonly failure: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.region = page.getByRole('region', { name: 'Results', exact: true });
    this.accuracy = this.region.getByRole('status', { name: 'Validation accuracy' });
    this.confusion = this.region.getByRole('table', { name: 'Confusion matrix' });
    this.tryButton = this.region.getByRole('button', { name: 'Try a picture' });
    this.tryWebcamButton = this.region.getByRole('button', { name: 'Try with webcam' });
    this.stopWebcamButton = this.region.getByRole('button', { name: 'Stop webcam' });
    this.downloadButton = this.region.getByRole('button', { name: 'Download model' });
    this.prediction = this.region.getByRole('status', { name: 'Prediction' });
    this.wrongPictures = this.region.getByRole('list', { name: 'Wrong pictures' });
    this.failure = this.region.getByRole('alert');
  }

  /** Pictures by actual (row) and predicted class (column). */
  async confusionCounts(): Promise<number[][]> {
    const [, ...rows] = await readTable(this.confusion);
    return rows.map(([, ...cells]) => cells.map(Number));
  }

  async confusionClasses(): Promise<string[]> {
    const [[, ...classes] = []] = await readTable(this.confusion);
    return classes;
  }

  async tryPicture(path: string): Promise<void> {
    const chooser = this.#page.waitForEvent('filechooser');
    await this.tryButton.click();
    await (await chooser).setFiles(path);
  }

  async download(): Promise<Download> {
    const download = this.#page.waitForEvent('download');
    await this.downloadButton.click();
    return download;
  }
}
