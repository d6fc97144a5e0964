import type { BackendTraits } from './backend';
import { idsOf, inPlacePairs } from './call-buffers';
import type { BufferId } from './calls/call';
import type { KernelCall } from './operations';
import { aligned, type PlanBuffer, type StepPlan } from './plan';
import type { UnplacedPlan } from './plan-builder';

/** One stretch of the arena over time; several buffers where a call works in place. */
interface Block {
  readonly elements: number;
  first: number;
  last: number;
  offset: number;
}

/**
 * The memory pass: gives every buffer of the arena an offset such that buffers alive at the same call do
 * not overlap. Greedy by size: the largest block first, each at the lowest offset where it fits
 * (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference").
 */
export function placeBuffers(plan: UnplacedPlan, traits: BackendTraits): StepPlan {
  const buffers: PlanBuffer[] = [...plan.buffers];
  const addScratch = (call: KernelCall, first: number): BufferId | null => {
    const elements = traits.scratchElements(call);
    if (elements === 0) return null;
    const name = `scratch of ${call.kind} ${call.layer}`;
    return buffers.push({ name, region: 'arena', elements, offset: -1, life: { first, last: first } }) - 1;
  };
  const scratch = plan.calls.map((call, index) => addScratch(call, index));
  // Preparing is a run of its own: its scratch may lie anywhere, and lies at the start of the arena.
  const prepareScratch = plan.prepare.map((call) => addScratch(call, 0));
  const ofPrepare = new Set(prepareScratch);

  const blocks = new Map<BufferId, Block>();
  buffers.forEach((buffer, id) => {
    if (buffer.region !== 'arena' || ofPrepare.has(id)) return;
    blocks.set(id, { elements: aligned(buffer.elements), ...buffer.life, offset: -1 });
  });
  if (traits.inPlace === 'allowed') shareInPlace(plan.calls, blocks);
  const arenaElements = assignOffsets([...new Set(blocks.values())]);

  const placed = buffers.map((buffer, id) => {
    if (buffer.region !== 'arena') return buffer;
    return { ...buffer, offset: blocks.get(id)?.offset ?? 0 };
  });
  const prepareElements = Math.max(
    0,
    ...[...ofPrepare].map((id) => (id === null ? 0 : buffers[id]!.elements)),
  );
  return {
    ...plan,
    buffers: placed,
    scratch,
    prepareScratch,
    arenaElements: Math.max(arenaElements, aligned(prepareElements)),
  };
}

/** An output that a call may write over its input takes the input's block if that dies with the call. */
function shareInPlace(calls: readonly KernelCall[], blocks: Map<BufferId, Block>): void {
  calls.forEach((call, index) => {
    for (const { input, output } of inPlacePairs(call)) {
      const from = blocks.get(input);
      const to = blocks.get(output);
      if (!from || !to || from === to) continue;
      if (from.last !== index || to.first !== index || from.elements !== to.elements) continue;
      // The input read through a second port (a convolution of its own residual) must survive the first write.
      if (idsOf(call.inputs).filter((id) => blocks.get(id) === from).length > 1) continue;
      from.last = to.last;
      blocks.set(output, from);
      return;
    }
  });
}

function assignOffsets(blocks: readonly Block[]): number {
  const placed: Block[] = [];
  let end = 0;
  for (const block of [...blocks].sort((a, b) => b.elements - a.elements || a.first - b.first)) {
    const neighbours = placed
      .filter((other) => other.first <= block.last && block.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (other.offset >= offset + block.elements) break;
      offset = Math.max(offset, other.offset + other.elements);
    }
    block.offset = offset;
    placed.push(block);
    end = Math.max(end, offset + block.elements);
  }
  return end;
}
