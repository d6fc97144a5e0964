import { expect, type Locator, type Page } from '@playwright/test';

/** Region `Training`: the run while it goes on. */
export class TrainingPanel {
  readonly region: Locator;
  readonly startButton: Locator;
  readonly pauseButton: Locator;
  readonly resumeButton: Locator;
  readonly stopButton: Locator;
  readonly progress: Locator;
  readonly phase: Locator;
  readonly failure: Locator;
  readonly preparation: Locator;

  constructor(page: Page) {
    this.region = page.getByRole('region', { name: 'Training', exact: true });
    const button = (name: string) => this.region.getByRole('button', { name, exact: true });
    this.startButton = button('Start training');
    this.pauseButton = button('Pause');
    this.resumeButton = button('Resume');
    this.stopButton = button('Stop');
    this.progress = this.region.getByRole('progressbar', { name: 'Training progress' });
    this.phase = this.region.getByRole('status', { name: 'Phase' });
    this.preparation = this.region.getByRole('status', { name: 'Preparation' });
    this.failure = this.region.getByRole('alert');
  }

  /** One of the run's numbers, by its name. */
  readout(name: string): Locator {
    return this.region.getByRole('definition').and(this.region.locator(`dt:text-is("${name}") + dd`));
  }

  /** How far the progress bar is, from 0 to 1. */
  share(): Promise<number> {
    return this.progress.evaluate((bar) => (bar as HTMLProgressElement).position);
  }

  /** @param timeout in milliseconds */
  async completed(timeout: number): Promise<void> {
    await expect(this.startButton).toBeEnabled({ timeout });
    await expect(this.region.getByText('completed', { exact: true })).toBeVisible();
    await expect.poll(() => this.share()).toBe(1);
  }

  /** Everything the status `Phase` has said from now on: a phase may pass between two looks of a test. */
  watchPhase(): Promise<() => Promise<readonly string[]>> {
    return watchTexts(this.phase);
  }

  /** The same of what is prepared, with its count beside it. */
  watchPreparation(): Promise<() => Promise<readonly string[]>> {
    return watchTexts(this.preparation.locator('..'));
  }
}

async function watchTexts(where: Locator): Promise<() => Promise<readonly string[]>> {
  const said = await where.evaluateHandle((element) => {
    const texts: string[] = [];
    const note = () => texts.push(element.textContent ?? '');
    new MutationObserver(note).observe(element, { childList: true, characterData: true, subtree: true });
    return texts;
  });
  return () => said.jsonValue();
}
