import { expect, type Locator, type Page } from '@playwright/test';

/** Dialog `Record with webcam`, opened from region `Data`. */
export class RecordDialog {
  readonly openButton: Locator;
  readonly dialog: Locator;
  readonly video: Locator;
  readonly className: Locator;
  readonly camera: Locator;
  readonly holdButton: Locator;
  readonly handsFreeButton: Locator;
  readonly stopButton: Locator;
  readonly addButton: Locator;
  readonly taken: Locator;
  readonly failure: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.openButton = page
      .getByRole('region', { name: 'Data', exact: true })
      .getByRole('button', { name: 'Record with webcam' });
    this.dialog = page.getByRole('dialog', { name: 'Record with webcam' });
    this.video = this.dialog.getByLabel('Webcam', { exact: true });
    this.className = this.dialog.getByRole('combobox', { name: 'Class' });
    this.camera = this.dialog.getByRole('combobox', { name: 'Camera' });
    this.holdButton = this.dialog.getByRole('button', { name: 'Hold to record' });
    this.handsFreeButton = this.dialog.getByRole('button', { name: 'Record 5 seconds' });
    this.stopButton = this.dialog.getByRole('button', { name: 'Stop recording' });
    this.addButton = this.dialog.getByRole('button', { name: /^Add \d+ pictures? to / });
    this.taken = this.dialog.getByRole('list', { name: 'Pictures taken' }).getByRole('listitem');
    this.failure = this.dialog.getByRole('alert');
  }

  async open(): Promise<void> {
    await this.openButton.click();
    await expect(this.holdButton).toBeEnabled();
  }

  /** Holds the button down by pointer until so many pictures are there at least. */
  async hold(pictures: number): Promise<void> {
    await this.holdButton.hover();
    await this.#page.mouse.down();
    await expect.poll(() => this.taken.count()).toBeGreaterThanOrEqual(pictures);
    await this.#page.mouse.up();
    await this.settled();
  }

  /** Waits until nothing is recorded any more. */
  async settled(): Promise<void> {
    await expect(this.dialog.getByRole('status')).toHaveText(/^\d+ pictures? taken/);
  }

  /** @returns the number of pictures, once they are added and the dialog is gone */
  async add(className: string): Promise<number> {
    await this.className.fill(className);
    const count = await this.taken.count();
    await expect(this.addButton).toHaveText(`Add ${count} pictures to ${className}`);
    await this.addButton.click();
    await expect(this.dialog).toBeHidden();
    return count;
  }
}
