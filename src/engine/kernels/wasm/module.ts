import { ThawError } from '../../../core/errors';
import { LinearMemory, type MemoryBlock } from './memory';
import type { KernelTable } from './program';
import { type KernelThread, type StartThread, threadImports } from './threads';

/** Kernels compiled: one of the modules in build/kernels; those with `threads` in their name for more than one. */
export interface KernelModuleOptions {
  readonly bytes: BufferSource;
  /** The calling one included. More than one needs the threaded module. */
  readonly threads: number;
  readonly startThread: StartThread;
}

/** What the threaded module declares: 4 GiB. Less is asked for where a browser will not reserve as much. */
const MOST_PAGES = 65_536;
const CONTROL_BYTES = 64;
const KERNEL_PREFIX = 'kernel_';

type Run = (program: number, steps: number, control: number, threads: number) => void;

/** The kernel module over its memory, on one thread or many. */
export class KernelModule {
  readonly memory: LinearMemory;
  readonly table: KernelTable;
  readonly threads: number;
  readonly #run: Run;
  readonly #control: MemoryBlock;
  readonly #others: readonly KernelThread[];

  private constructor(
    exports: WebAssembly.Exports,
    memory: LinearMemory,
    control: MemoryBlock,
    others: readonly KernelThread[],
  ) {
    this.memory = memory;
    this.threads = 1 + others.length;
    this.table = kernelTable(exports);
    this.#run = exports.run as Run;
    this.#control = control;
    this.#others = others;
  }

  /** @throws ThawError `backend-unavailable` without SIMD, `out-of-memory` */
  static async create({ bytes, threads, startThread }: KernelModuleOptions): Promise<KernelModule> {
    if (!WebAssembly.validate(bytes)) {
      throw new ThawError(
        'backend-unavailable',
        'This browser has no SIMD for WebAssembly, which training without a graphics processor needs. Update the browser, or use another one.',
      );
    }
    const module = await WebAssembly.compile(bytes);
    const memory = reserveMemory(threads > 1);
    const { exports } = await WebAssembly.instantiate(module, threadImports(memory));
    const linear = new LinearMemory(memory, (exports.heapStart as WebAssembly.Global).value);
    const control = linear.allocate(CONTROL_BYTES);
    const others = await Promise.all(
      Array.from({ length: threads - 1 }, (_, index) =>
        startThread({ module, memory, control: control.address, thread: index + 1, threads }),
      ),
    );
    return new KernelModule(exports, linear, control, others);
  }

  /** Runs a program to its end; blocks this thread. */
  run(program: number, steps: number): void {
    this.#run(program, steps, this.#control.address, this.threads);
  }

  dispose(): void {
    for (const thread of this.#others) thread.end();
  }
}

function reserveMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared });
    } catch (cause) {
      if (maximum <= 1024) {
        throw new ThawError(
          'out-of-memory',
          'The browser gives the kernels no memory. Close other pages and reload this one.',
          { cause },
        );
      }
    }
  }
}

function kernelTable(exports: WebAssembly.Exports): KernelTable {
  return new Map(
    Object.entries(exports).flatMap(([name, value]) =>
      name.startsWith(KERNEL_PREFIX) && value instanceof WebAssembly.Global
        ? [[name.slice(KERNEL_PREFIX.length), value.value as number] as const]
        : [],
    ),
  );
}
