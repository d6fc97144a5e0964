import { transfer } from 'comlink';
import type { ExportFormat } from '../core/api';
import { ThawError } from '../core/errors';
import type { Executor } from '../engine/executor';
import { exportLayersModel } from '../engine/export/layers-model';
import { type Backbone, inputOf } from './backbone';

/** The network with its present weights as files, which are given away. */
export async function exportedModel(
  format: ExportFormat,
  executor: Executor,
  { network, pictureSize }: Backbone,
) {
  if (format !== 'tfjs') {
    throw new ThawError('invalid-option', `There is no format ${String(format)} to export to. Use 'tfjs'.`);
  }
  const present = { graph: executor.graph, weights: await executor.readWeights() };
  const files = exportLayersModel(present, [pictureSize, pictureSize, inputOf(network).channels]);
  return transfer(
    { files },
    files.map((file) => file.bytes.buffer),
  );
}
