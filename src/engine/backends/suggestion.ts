import type { BackendName } from '../../core/api';
import type { MachineReport } from '../../core/worker-contract';

/**
 * Backbone end and picture size of the bundled EfficientNet-Lite0 that a machine can train in minutes. A
 * graphics processor takes the whole network at its own size. WebAssembly computes a frozen picture of
 * 96×96 in some 13 ms. Anything else gets the first three blocks.
 */
export function suggestBackbone(
  backend: BackendName,
  acceleration: MachineReport['acceleration'],
): MachineReport['suggestion'] {
  if (acceleration === 'gpu') return { backboneEnd: 'top_relu', pictureSize: 224 };
  if (backend === 'wasm') return { backboneEnd: 'top_relu', pictureSize: 96 };
  return { backboneEnd: 'block3_add', pictureSize: 96 };
}
