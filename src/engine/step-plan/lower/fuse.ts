import { fuseActivations } from './fuse-activations';
import { fuseBatchNorm } from './fuse-batch-norm';
import { fusePadding } from './fuse-padding';
import { fuseResiduals } from './fuse-residuals';
import type { LoweredNetwork } from './nodes';

/** The passes in their order: a residual is added before an activation, so it is fused before it. */
export function fuse(network: LoweredNetwork, trained: ReadonlySet<string>): LoweredNetwork {
  return fuseActivations(fuseResiduals(fuseBatchNorm(fusePadding(network))), trained);
}
