import { transfer } from 'comlink';
import type { ExportFormat, PictureTensors } from '../core/api';
import { ThawError } from '../core/errors';
import type { LayerGraph, Network } from '../core/graph/graph';
import { probabilities, validationResult } from '../core/run/metrics';
import type { ValidationResult } from '../core/run/run-record';
import type { PixelPictures, Preprocessing } from '../core/worker-contract';
import { exportLayersModel } from '../engine/export/layers-model';
import { logitsOf } from '../engine/run/evaluate';
import { classifyPictures, featuresAt, predictLogits } from '../engine/run/inference';
import type { ExecutorHolder } from './executor-holder';
import type { TrainingData } from './training-data';
import { withWholeBackbone } from './whole-backbone';

/** What can be asked of the present weights, whether training runs or not. Checks nothing of what is given. */
export class PresentNetwork {
  readonly #engine: ExecutorHolder;
  readonly #hearMessages: () => Promise<void>;

  constructor(engine: ExecutorHolder, hearMessages: () => Promise<void>) {
    this.#engine = engine;
    this.#hearMessages = hearMessages;
  }

  validate({ validation, classNames }: TrainingData): Promise<ValidationResult> {
    if (validation === null) {
      throw new ThawError('no-data', 'There are no pictures for validation. Add data that has some.');
    }
    return this.#engine.use(async (executor) => {
      const logits = await logitsOf(executor, validation, this.#hearMessages);
      return validationResult(logits, validation.labels, classNames);
    });
  }

  /** The numbers are handed over, not copied. */
  weights() {
    return this.#engine.use(async (executor) => {
      const specs = executor.graph.layers.flatMap((layer) => layer.weights);
      const values = await executor.readWeights(specs.map(({ name }) => name));
      const named = specs.map(({ name, shape }) => [name, { shape, values: values.get(name)! }] as const);
      return transfer(
        Object.fromEntries(named),
        named.map(([, { values: each }]) => each.buffer),
      );
    });
  }

  predict(tensors: PictureTensors) {
    return this.#engine.use((executor) => predictLogits(executor, tensors, this.#hearMessages));
  }

  async classify(
    pictures: PixelPictures,
    preprocessing: Preprocessing,
  ): Promise<readonly (readonly number[])[]> {
    const { logits, shape } = await this.#engine.use((executor) =>
      classifyPictures(executor, pictures, preprocessing, this.#hearMessages),
    );
    return probabilities(logits, shape[1]);
  }

  /** @param whole the backbone as loaded, for layers behind its end */
  features(tensors: PictureTensors, layerName: string, whole: Network) {
    return this.#engine.use(async (executor) => {
      if (hasLayer(executor.graph, layerName)) {
        return featuresAt(executor, tensors, layerName, this.#hearMessages);
      }
      if (!hasLayer(whole.graph, layerName)) {
        throw new ThawError(
          'layer-unknown',
          `The network has no layer “${layerName}”. The layer table names them.`,
        );
      }
      return withWholeBackbone(executor, whole, (each) =>
        featuresAt(each, tensors, layerName, this.#hearMessages),
      );
    });
  }

  /** @param shape of a picture */
  async exportModel(format: ExportFormat, shape: readonly [number, number, number]) {
    if (format !== 'tfjs') {
      throw new ThawError('invalid-option', `There is no format ${String(format)} to export to. Use 'tfjs'.`);
    }
    const files = await this.#engine.use(async (executor) =>
      exportLayersModel({ graph: executor.graph, weights: await executor.readWeights() }, shape),
    );
    return transfer(
      { files },
      files.map((file) => file.bytes.buffer),
    );
  }
}

function hasLayer({ layers }: LayerGraph, name: string): boolean {
  return layers.some((layer) => layer.name === name);
}
