import type { JSHandle, Page } from '@playwright/test';
import type { ThawApi } from '../src/core/api';

type Weights = Awaited<ReturnType<ThawApi['weights']>>;

/** The weights at one moment, to hold later ones against, bit for bit. */
export class WeightsAsLoaded {
  readonly #weights: JSHandle<Weights>;

  private constructor(weights: JSHandle<Weights>) {
    this.#weights = weights;
  }

  static async remember(page: Page): Promise<WeightsAsLoaded> {
    return new WeightsAsLoaded(await page.evaluateHandle(() => window.thaw.weights()));
  }

  /** Names of the layers of which any number is another one now, in the order of the network. */
  changedLayers(): Promise<string[]> {
    return this.#weights.evaluate(async (before) => {
      const now = await window.thaw.weights();
      const changed = Object.entries(before).filter(([name, { values }]) => {
        const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
        const present = now[name]!.values;
        const presentBits = new Uint32Array(present.buffer, present.byteOffset, present.length);
        return bits.some((word, index) => word !== presentBits[index]);
      });
      return [...new Set(changed.map(([name]) => name.slice(0, name.lastIndexOf('/'))))];
    });
  }
}
