import { expect, it } from 'vitest';
import { LinearMemory, type MemoryBlock } from './memory';

const PAGE_BYTES = 65_536;

function isZero(memory: LinearMemory, { address, bytes }: MemoryBlock): boolean {
  return memory.floats(address, bytes / Float32Array.BYTES_PER_ELEMENT).every((value) => value === 0);
}

it('gives blocks of zeros, whether they lie where another was or not', () => {
  const memory = new LinearMemory(new WebAssembly.Memory({ initial: 1 }), 1000);
  const first = memory.allocate(2 * PAGE_BYTES);
  // Kernels may write a few bytes past the end.
  memory.floats(first.address, first.bytes / Float32Array.BYTES_PER_ELEMENT + 7).fill(1);
  const behind = memory.allocate(PAGE_BYTES);
  expect(isZero(memory, behind)).toBe(true);
  memory.free(first);
  const again = memory.allocate(first.bytes);
  expect(again.address).toBe(first.address);
  expect(isZero(memory, again)).toBe(true);
  expect(memory.heldBytes).toBe(again.bytes + behind.bytes);
});
