import type { BufferId } from '../../step-plan/calls/call';
import { type NumberFormat, type Region, type StepPlan, wordsOf } from '../../step-plan/plan';
import { halfAccess, throughHalfAccess } from './half-access';

/** One buffer of the arena. */
export type ArenaSpace = `arena${number}`;

/** GPU buffers a dispatch can bind: the plan's regions, and the partial sums that wait for the reduction. */
export type Space = Exclude<Region, 'arena'> | ArenaSpace | 'partials';

/** A range of numbers in one of them. */
export interface Range {
  readonly space: Space;
  /** In words of four bytes, a multiple of 64. */
  readonly offset: number;
  readonly elements: number;
  readonly format: NumberFormat;
}

/** How many numbers a shader takes at once: f32 or vec4f. */
export type Lanes = 1 | 4;

export interface Binding {
  readonly range: Range;
  readonly lanes: Lanes;
  readonly access: 'read' | 'readWrite';
}

/** One recorded dispatch: everything but the GPU objects. */
export interface Dispatch {
  readonly label: string;
  readonly source: string;
  readonly bindings: readonly Binding[];
  /** The sizes it works on, bound after the buffers: layers that differ in nothing else share a pipeline. */
  readonly sizes: Int32Array<ArrayBuffer>;
  /** Whether the step's scalars are bound, after the sizes. */
  readonly readsScalars: boolean;
  /** Numbers fixed when the plan is loaded, bound last; null: none. */
  readonly table: Uint32Array<ArrayBuffer> | null;
  readonly workgroups: readonly [x: number, y: number];
  /** The bytes of every binding that is read plus those of every binding that is written. */
  readonly trafficBytes: number;
}

interface Port {
  name: string;
  range: Range;
  readonly lanes: Lanes;
  reads: boolean;
  writes: boolean;
}

interface ShaderEnd {
  /** The statements of `main`; may use `i` (the thread's index) and `lane`, `group` of its workgroup. */
  readonly body: string;
  /** Threads wanted, or whole workgroups where threads work together. */
  readonly threads?: number;
  readonly groups?: number;
  readonly workgroupSize?: number;
  /** Functions and workgroup variables. */
  readonly declarations?: string;
  readonly table?: Uint32Array<ArrayBuffer>;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const MAX_GROUPS_PER_AXIS = 65535;

/** The buffer of one of the arena's segments. */
export function arenaSpace(index: number): ArenaSpace {
  return `arena${index}`;
}

export function isArena(space: Space): space is ArenaSpace {
  return space.startsWith('arena');
}

/** Where a plan's buffer lies in the GPU's. */
export function rangeOf({ buffers, segmentWords }: StepPlan, buffer: BufferId): Range {
  const { region, offset, elements, format } = buffers[buffer]!;
  if (region !== 'arena') return { space: region, offset, elements, format };
  const space = arenaSpace(Math.floor(offset / segmentWords));
  return { space, offset: offset % segmentWords, elements, format };
}

export function bytesOf(range: Range): number {
  return wordsOf(range) * BYTES;
}

/** The type of so many lanes. */
export function typeOf(lanes: Lanes): 'f32' | 'vec4f' {
  return lanes === 4 ? 'vec4f' : 'f32';
}

function halvesTypeOf(lanes: Lanes): 'u32' | 'vec2u' {
  return lanes === 4 ? 'vec2u' : 'u32';
}

/** vec4f where every one of these counts is a multiple of four. */
export function lanesFor(...counts: readonly number[]): Lanes {
  return counts.every((count) => count % 4 === 0) ? 4 : 1;
}

/** `.x` of a vector's lane; nothing for a scalar. */
export function component(lanes: Lanes, index: number): string {
  return lanes === 4 ? `.${'xyzw'[index]}` : '';
}

/** A float literal that WGSL reads back as exactly this float32. */
export function float(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/**
 * Collects the bindings of one compute shader and writes its declarations.
 *
 * WebGPU allows no buffer to be read-only in one binding and writable in another of the same dispatch, but any
 * number of writable bindings of one buffer as long as their ranges do not overlap. So every range is a
 * binding of its own, all ranges of a buffer that the dispatch writes to are declared read_write, and a
 * range named twice (a result in the place of its input) becomes one binding. Shaders thus know no
 * offsets, and layers of one shape share a pipeline.
 */
export class WgslShader {
  readonly label: string;
  readonly #maxBindings: number;
  #ports: Port[] = [];
  #readsScalars = false;
  readonly #sizes: number[] = [];
  readonly #sizeLines: string[] = [];

  constructor(label: string, maxBindings: number) {
    this.label = label;
    this.#maxBindings = maxBindings;
  }

  /** @returns the name of the array in WGSL */
  reads(name: string, range: Range, lanes: Lanes): string {
    return this.#port(name, range, lanes, 'reads');
  }

  writes(name: string, range: Range, lanes: Lanes): string {
    return this.#port(name, range, lanes, 'writes');
  }

  /** Reads and writes. */
  updates(name: string, range: Range, lanes: Lanes): string {
    this.#port(name, range, lanes, 'reads');
    return this.#port(name, range, lanes, 'writes');
  }

  /** @returns the expression of one of the step's scalars */
  scalar(index: number): string {
    this.#readsScalars = true;
    return `scalars[${Math.floor(index / 4)}][${index % 4}]`;
  }

  /** Declares numbers, by their names, that the shader reads when it runs instead of having them written into it. */
  sizes(type: 'u32' | 'i32', values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const index = this.#sizes.push(value) - 1;
      this.#sizeLines.push(`let ${name} = ${type}(sizes[${Math.floor(index / 4)}][${index % 4}]);`);
    }
  }

  finish(end: ShaderEnd): Dispatch {
    const { threads, workgroupSize = 64, declarations = '', table = null } = end;
    const groups = end.groups ?? Math.ceil(threads! / workgroupSize);
    const across = Math.min(groups, MAX_GROUPS_PER_AXIS);
    const workgroups = [across, Math.ceil(groups / across)] as const;
    const trafficBytes = this.#ports.reduce(
      (sum, port) => sum + bytesOf(port.range) * (Number(port.reads) + Number(port.writes)),
      0,
    );
    this.sizes('u32', threads === undefined ? { groups } : { threads });
    const bounds = `if (${threads === undefined ? 'group >= groups' : 'i >= threads'}) { return; }`;
    const body = this.#packToLimit(`${this.#sizeLines.join('\n')}\n${bounds}\n${end.body}`);
    while (this.#sizes.length % 4 !== 0) this.#sizes.push(0);
    // The arena counts as one buffer, so that a shader does not depend on the segments that its ranges lie in.
    const regionOf = (space: Space) => (isArena(space) ? 'arena' : space);
    const written = new Set(
      this.#ports.filter((port) => port.writes).map((port) => regionOf(port.range.space)),
    );
    const access = (space: Space) => (written.has(regionOf(space)) ? 'readWrite' : 'read');
    const halves = this.#ports.flatMap(({ name, range: { space, format }, lanes }) =>
      format === 'float32' ? [] : [{ name, lanes, format, access: access(space) } as const],
    );
    const lines = this.#ports.map(({ name, range, lanes }, index) => {
      const mode = access(range.space) === 'read' ? 'read' : 'read_write';
      const type = range.format === 'float32' ? typeOf(lanes) : halvesTypeOf(lanes);
      return `@group(0) @binding(${index}) var<storage, ${mode}> ${name}: array<${type}>;`;
    });
    let next = this.#ports.length;
    lines.push(`@group(0) @binding(${next}) var<uniform> sizes: array<vec4i, ${this.#sizes.length / 4}>;`);
    next += 1;
    if (this.#readsScalars) {
      lines.push(`@group(0) @binding(${next}) var<uniform> scalars: array<vec4f, ${SCALAR_VECTORS}>;`);
      next += 1;
    }
    if (table) lines.push(`@group(0) @binding(${next}) var<storage, read> segments: array<vec4u>;`);
    const names = halves.map(({ name }) => name);
    const source = `${lines.join('\n')}
${halves.map(halfAccess).join('\n')}
${throughHalfAccess(declarations, names)}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
let group = workgroup.x + workgroup.y * grid.x;
let i = group * ${workgroupSize}u + lane;
${throughHalfAccess(body, names)}
}
`;
    return {
      label: this.label,
      source,
      bindings: this.#ports.map(({ range, lanes }) => ({
        range,
        lanes,
        access: access(range.space),
      })),
      sizes: Int32Array.from(this.#sizes),
      readsScalars: this.#readsScalars,
      table,
      workgroups,
      trafficBytes,
    };
  }

  #port(name: string, range: Range, lanes: Lanes, use: 'reads' | 'writes'): string {
    const known = this.#ports.find(
      (port) => port.range.space === range.space && port.range.offset === range.offset,
    );
    if (known) {
      if (known.lanes !== lanes) throw new RangeError(`${this.label} takes ${name} in two widths.`);
      known[use] = true;
      return known.name;
    }
    this.#ports.push({ name, range, lanes, reads: use === 'reads', writes: use === 'writes' });
    return name;
  }

  /**
   * An adapter may allow as few as eight storage buffers: then neighbours in one buffer (gamma and beta, and
   * their gradients) are bound as one range, and the shader adds the distance.
   */
  #packToLimit(body: string): string {
    let text = body;
    while (this.#ports.length > this.#maxBindings) {
      const pair = this.#closestPair();
      if (!pair) throw new RangeError(`${this.label} needs ${this.#ports.length} storage buffers.`);
      const [first, second] = pair;
      const distance = (second.range.offset - first.range.offset) / second.lanes;
      text = text.replaceAll(new RegExp(`\\b${second.name}\\[`, 'g'), `${first.name}[${distance}u + `);
      const elements = second.range.offset + second.range.elements - first.range.offset;
      first.range = { ...first.range, elements };
      first.reads ||= second.reads;
      first.writes ||= second.writes;
      this.#ports = this.#ports.filter((port) => port !== second);
    }
    return text;
  }

  #closestPair(): readonly [Port, Port] | null {
    let best: readonly [Port, Port] | null = null;
    let bestGap = Number.POSITIVE_INFINITY;
    for (const first of this.#ports)
      for (const second of this.#ports) {
        const gap = second.range.offset - first.range.offset - first.range.elements;
        // Halves are bound each by itself: what there are many of is gamma and beta and the like.
        const alike =
          first.lanes === second.lanes &&
          first.range.format === 'float32' &&
          second.range.format === 'float32';
        const fits = alike && first.range.space === second.range.space && gap >= 0;
        if (fits && gap < bestGap && !this.#liesBetween(first, second)) {
          best = [first, second];
          bestGap = gap;
        }
      }
    return best;
  }

  #liesBetween(first: Port, second: Port): boolean {
    return this.#ports.some(
      ({ range }) =>
        range.space === first.range.space &&
        range.offset > first.range.offset &&
        range.offset < second.range.offset,
    );
  }
}

/** Room for the scalars of a step: 64 numbers, far more than three a group. */
export const SCALAR_VECTORS = 16;
