import type { NumberFormat } from '../../step-plan/plan';

/**
 * What the gradients of activations are multiplied by as they are stored, a power of two so that nothing is rounded for
 * it. The least half is then 2⁻³⁴ (6e-11) of a gradient, the greatest 64.
 */
export const GRADIENT_SCALE = 2 ** 10;

const LARGEST_HALF = 65504;

export interface HalfPort {
  readonly name: string;
  /** How many numbers the shader takes at once. */
  readonly lanes: 1 | 4;
  readonly format: Exclude<NumberFormat, 'float32'>;
  readonly access: 'read' | 'readWrite';
}

/**
 * Functions that read and write an array of halves as if it were one of float32: core WGSL packs two halves in a
 * word, so that no optional feature is needed. What is beyond the largest half becomes the largest: WGSL
 * leaves open what packing makes of it.
 */
export function halfAccess({ name, lanes, format, access }: HalfPort): string {
  const [by, times] =
    format === 'scaledHalf' ? [` * ${1 / GRADIENT_SCALE}`, ` * ${GRADIENT_SCALE}.0`] : ['', ''];
  if (lanes === 1) {
    return `fn load_${name}(at: u32) -> f32 { return unpack2x16float(${name}[at / 2u])[at % 2u]${by}; }`;
  }
  const load = `fn load_${name}(at: u32) -> vec4f {
let words = ${name}[at];
return vec4f(unpack2x16float(words.x), unpack2x16float(words.y))${by};
}`;
  if (access === 'read') return load;
  return `${load}
fn store_${name}(at: u32, value: vec4f) {
let kept = clamp(value${times}, vec4f(-${LARGEST_HALF}), vec4f(${LARGEST_HALF}));
${name}[at] = vec2u(pack2x16float(kept.xy), pack2x16float(kept.zw));
}`;
}

/**
 * Kernels are written for arrays of float32: `y[i] = f(x[i]);`. Of the arrays named here the same becomes
 * `store_y(i, f(load_x(i)));`.
 */
export function throughHalfAccess(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  const access = new RegExp(`\\b(${names.join('|')})\\[`).exec(text);
  if (!access) return text;
  const [opening, name] = access;
  const from = access.index + opening.length;
  const to = closingBracket(text, from);
  const at = `u32(${throughHalfAccess(text.slice(from, to), names)})`;
  const before = text.slice(0, access.index);
  const after = text.slice(to + 1);
  const assignment = /^\s*([-+*/]?)=(?!=)\s*([^;]*)/.exec(after);
  if (!assignment) return `${before}load_${name}(${at})${throughHalfAccess(after, names)}`;
  const [whole, operator, assigned] = assignment;
  const value = throughHalfAccess(assigned!, names);
  const stored = operator ? `load_${name}(${at}) ${operator} (${value})` : value;
  return `${before}store_${name}(${at}, ${stored})${throughHalfAccess(after.slice(whole.length), names)}`;
}

function closingBracket(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '[') depth += 1;
    if (text[at] === ']') depth -= 1;
    if (depth === 0) return at;
  }
  throw new RangeError('A shader has an open bracket.');
}
