import type { Locator, Page } from '@playwright/test';
import type { FileInMemory } from '../material/file-in-memory';

/** Region `Data`: pictures in, by class and by split. */
export class DataPanel {
  readonly region: Locator;
  readonly sampleButton: Locator;
  readonly addButton: Locator;
  readonly gallery: Locator;
  readonly editButton: Locator;
  readonly undoButton: Locator;
  readonly failure: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.region = page.getByRole('region', { name: 'Data', exact: true });
    this.sampleButton = this.region.getByRole('button', { name: 'Use sample images' });
    this.addButton = this.region.getByRole('button', { name: 'Add images' });
    this.gallery = this.region.getByRole('region', { name: 'Gallery' });
    this.editButton = this.region.getByRole('button', { name: 'Edit', exact: true });
    this.undoButton = this.region.getByRole('button', { name: 'Undo', exact: true });
    this.failure = this.region.getByRole('alert');
  }

  /** The panel's summary once the pictures are with the training worker. */
  ready(classes: number, training: number, validation: number): Locator {
    return this.region.getByText(`${classes} classes, ${training} training, ${validation} validation`, {
      exact: true,
    });
  }

  /** One line of the gallery: a class with the number of its pictures that are shown. */
  classHeading(name: string, pictures: number): Locator {
    return this.gallery.getByRole('heading', { name: `${name} ${pictures}`, exact: true });
  }

  async takeSampleImages(): Promise<void> {
    await this.sampleButton.click();
    await this.ready(4, 96, 32).waitFor();
  }

  /** Picks a folder with the button. */
  async addFolder(folder: string): Promise<void> {
    const chooser = this.#page.waitForEvent('filechooser');
    await this.addButton.click();
    await (await chooser).setFiles(folder);
  }

  /** Picks files that lie in no folder, and names their class in the dialog that asks for it. */
  async addLoose(files: readonly FileInMemory[], className: string): Promise<void> {
    const chooser = this.#page.waitForEvent('filechooser');
    await this.region.getByRole('button', { name: 'Add to one class' }).click();
    await (await chooser).setFiles([...files]);
    const dialog = this.#page.getByRole('dialog', { name: 'Which class?' });
    await dialog.getByRole('combobox', { name: `Class of these ${files.length} files` }).fill(className);
    await dialog.getByRole('button', { name: 'Add to class' }).click();
  }

  /**
   * Drops files and folders of this machine on the panel. A script cannot make a drop that holds folders,
   * so the browser is told to do what it does for a real one.
   */
  async drop(paths: readonly string[]): Promise<void> {
    const box = await this.addButton.boundingBox();
    if (box === null) throw new Error('The Data panel is not in view.');
    const session = await this.#page.context().newCDPSession(this.#page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', {
        type,
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
        data: { items: [], files: [...paths], dragOperationsMask: 1 },
      });
    }
    await session.detach();
  }

  /** What was removed last. */
  removal(text: string): Locator {
    return this.region.getByRole('status').filter({ hasText: text });
  }

  /** The field in which a class is renamed, in Edit mode. */
  async openName(className: string): Promise<Locator> {
    await this.gallery.getByRole('button', { name: `Rename ${className}`, exact: true }).click();
    return this.gallery.getByRole('textbox', { name: `New name of ${className}`, exact: true });
  }

  /** The pictures of the gallery whose content the browser has. */
  async loadedPictures(): Promise<number> {
    return this.gallery
      .getByRole('img')
      .evaluateAll((images) => images.filter((image) => (image as HTMLImageElement).naturalWidth > 0).length);
  }

  async show(part: 'All' | 'Training' | 'Validation'): Promise<void> {
    await this.region.getByRole('radio', { name: new RegExp(`^${part} \\d+$`) }).check();
  }
}
