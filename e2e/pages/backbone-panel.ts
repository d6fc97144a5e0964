import { expect, type Locator, type Page } from '@playwright/test';
import type { FileInMemory } from '../material/file-in-memory';

export interface NetworkPart {
  /** Name of the layer where the backbone ends. */
  readonly end: string;
  /** Side in pixels. */
  readonly pictureSize: number;
}

/** Region `Backbone`: which network, where it ends, and how large its pictures are. */
export class BackbonePanel {
  readonly region: Locator;
  readonly backbone: Locator;
  readonly end: Locator;
  readonly pictureSize: Locator;
  readonly loadButton: Locator;
  readonly failure: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.region = page.getByRole('region', { name: 'Backbone', exact: true });
    this.backbone = this.region.getByRole('combobox', { name: 'Backbone', exact: true });
    this.end = this.region.getByRole('combobox', { name: 'Backbone end' });
    this.pictureSize = this.region.getByRole('combobox', { name: 'Picture size' });
    this.loadButton = this.region.getByRole('button', { name: 'Load backbone' });
    this.failure = this.region.getByRole('alert');
  }

  async choose({ end, pictureSize }: NetworkPart): Promise<void> {
    await this.end.selectOption(end);
    await this.pictureSize.selectOption(String(pictureSize));
  }

  /** Presses the button and waits for the network to be there. */
  async load(): Promise<void> {
    await this.loadButton.click();
    await expect(this.region.getByText(/^Press Load backbone to/)).toBeHidden();
    await expect(this.region.getByRole('progressbar', { name: 'Loading backbone' })).toBeHidden();
    await expect(this.loaded).toBeVisible();
  }

  /** The panel's summary of what is loaded. */
  get loaded(): Locator {
    return this.region.getByText(/^\d+ layers, \d+ BatchNorm, [\d,]+ parameters$/);
  }

  /** Opens a layers model of one's own from files, up to the press of `Load backbone`. */
  async chooseFiles(files: readonly FileInMemory[]): Promise<void> {
    await this.backbone.selectOption({ label: 'A layers model from files …' });
    const chooser = this.#page.waitForEvent('filechooser');
    await this.region.getByRole('button', { name: 'Choose model files' }).click();
    await (await chooser).setFiles([...files]);
  }
}
