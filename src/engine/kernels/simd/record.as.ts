// A step of a recorded program names its kernel and carries its arguments as 32-bit words.
// Every kernel has one shape: (arguments, task), where tasks of a step are independent of each other.

@inline export function int(a: usize, word: i32): i32 { return load<i32>(a + (<usize>word << 2)); }
@inline export function ptr(a: usize, word: i32): usize { return load<u32>(a + (<usize>word << 2)); }
@inline export function num(a: usize, word: i32): f32 { return load<f32>(a + (<usize>word << 2)); }

@inline export function end(total: i32, chunk: i32, index: i32): i32 {
  const stop = (index + 1) * chunk;
  return stop < total ? stop : total;
}

/** Which thread this instance is: 0 is the one that starts programs. */
export let thread: i32 = 0;
export function setThread(index: i32): void { thread = index; }

/** This thread's own part of a scratch range. */
@inline export function ownScratch(base: usize, bytes: usize): usize { return base + <usize>thread * bytes; }
