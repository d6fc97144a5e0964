import type { ActivationStorage } from '../../../core/run/storage-view';
import type { BackendTraits } from '../backend';
import { idsOf, inPlacePairs } from '../call-buffers';
import type { BufferId } from '../calls/call';
import type { KernelCall } from '../operations';
import {
  aligned,
  type NumberFormat,
  type PlanBuffer,
  type StepPlan,
  type UnplacedPlan,
  wordsOf,
} from '../plan';

/** One stretch of the arena over time; several buffers where a call works in place. */
interface Block {
  readonly words: number;
  readonly format: NumberFormat;
  first: number;
  last: number;
  offset: number;
}

/**
 * The memory pass: gives every buffer of the arena an offset such that buffers alive at the same call do
 * not overlap. Greedy by size: the largest block first, each at the lowest offset where it fits
 * within a segment (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference").
 * A plan with a buffer that is longer than the backend's segments gets a single one: it cannot be loaded, but what it
 * would take can be told.
 * @param storage `half`: activations and their gradients in the compact format that the plan allows, where the backend can
 */
export function placeBuffers(
  plan: UnplacedPlan,
  traits: BackendTraits,
  storage: ActivationStorage = 'float32',
): StepPlan {
  const buffers: PlanBuffer[] = inFormats(plan, traits, storage);
  const addScratch = (call: KernelCall, first: number): BufferId | null => {
    const elements = traits.scratchElements(call);
    if (elements === 0) return null;
    const name = `scratch of ${call.kind} ${call.layer}`;
    const life = { first, last: first };
    return buffers.push({ name, region: 'arena', elements, format: 'float32', offset: -1, life }) - 1;
  };
  const scratch = plan.calls.map((call, index) => addScratch(call, index));
  // Preparing is a run of its own: its scratch may lie anywhere, and lies at the start of the arena.
  const prepareScratch = plan.prepare.map((call) => addScratch(call, 0));
  const ofPrepare = new Set(prepareScratch);

  const blocks = new Map<BufferId, Block>();
  buffers.forEach((buffer, id) => {
    if (buffer.region !== 'arena' || ofPrepare.has(id)) return;
    const words = aligned(wordsOf(buffer));
    blocks.set(id, { words, format: buffer.format, ...buffer.life, offset: -1 });
  });
  if (traits.inPlace === 'allowed') shareInPlace(plan.calls, blocks);
  const prepareElements = aligned(
    Math.max(0, ...[...ofPrepare].map((id) => (id === null ? 0 : buffers[id]!.elements))),
  );
  const distinct = [...new Set(blocks.values())];
  const longest = distinct.reduce((most, { words }) => Math.max(most, words), prepareElements);
  const segmentWords = longest > traits.segmentWords ? Number.POSITIVE_INFINITY : traits.segmentWords;
  assignOffsets(distinct, segmentWords);
  const segments = segmentsOf(distinct, segmentWords, prepareElements);

  const placed = buffers.map((buffer, id) => {
    if (buffer.region !== 'arena') return buffer;
    return { ...buffer, offset: blocks.get(id)?.offset ?? 0 };
  });
  return {
    ...plan,
    buffers: placed,
    scratch,
    prepareScratch,
    segmentWords,
    segments,
    arenaWords: segments.reduce((sum, words) => sum + words, 0),
  };
}

/** What the host writes or reads stays float32, and so does everything where nothing else was asked for. */
function inFormats(plan: UnplacedPlan, traits: BackendTraits, storage: ActivationStorage): PlanBuffer[] {
  const compact = new Set(storage === 'half' ? traits.compactable(plan) : []);
  for (const { buffer } of [...plan.inputs, ...plan.outputs]) compact.delete(buffer);
  return plan.buffers.map((buffer, id) => (compact.has(id) ? buffer : { ...buffer, format: 'float32' }));
}

/** An output that a call may write over its input takes the input's block if that dies with the call. */
function shareInPlace(calls: readonly KernelCall[], blocks: Map<BufferId, Block>): void {
  calls.forEach((call, index) => {
    for (const { input, output } of inPlacePairs(call)) {
      const from = blocks.get(input);
      const to = blocks.get(output);
      if (!from || !to || from === to || from.format !== to.format) continue;
      if (from.last !== index || to.first !== index || from.words !== to.words) continue;
      // The input read through a second port (a convolution of its own residual) must survive the first write.
      if (idsOf(call.inputs).filter((id) => blocks.get(id) === from).length > 1) continue;
      from.last = to.last;
      blocks.set(output, from);
      return;
    }
  });
}

function assignOffsets(blocks: readonly Block[], segmentWords: number): void {
  const placed: Block[] = [];
  for (const block of [...blocks].sort((a, b) => b.words - a.words || a.first - b.first)) {
    const neighbours = placed
      .filter((other) => other.first <= block.last && block.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (other.offset >= offset + block.words) break;
      offset = withinSegment(Math.max(offset, other.offset + other.words), block.words, segmentWords);
    }
    block.offset = offset;
    placed.push(block);
  }
}

/** @returns the lowest offset from this one on where so many words lie in one segment */
function withinSegment(offset: number, words: number, segmentWords: number): number {
  const room = segmentWords - (offset % segmentWords);
  return room < words ? offset + room : offset;
}

/** Words that the blocks use of each segment; the first has at least so many. */
function segmentsOf(blocks: readonly Block[], segmentWords: number, leastOfFirst: number): number[] {
  const segments = [leastOfFirst];
  for (const { offset, words } of blocks) {
    const index = Math.floor(offset / segmentWords);
    segments[index] = Math.max(segments[index] ?? 0, (offset % segmentWords) + words);
  }
  return segments;
}
