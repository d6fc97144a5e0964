import { isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl-context';
import { component, lanesFor, typeOf } from '../wgsl-shader';
import { indices, join } from '../wgsl-text';
import { productVariant, registerTile } from '../wgsl-tuning';
import { declareGeometry, tileOf } from './wgsl-geometry';
import { isTiled, tiledProduct } from './wgsl-tiled-product';

/** As the forward product, over the outputs that read a pixel; the filter is read along its output channels. */
export function conv2dInputGradient(call: CallOf<'conv2dInputGradient'>, context: WgslContext): void {
  const g = call.geometry;
  const groupInputs = g.inputChannels / g.groups;
  const groupOutputs = g.outputChannels / g.groups;
  const lanes = lanesFor(groupInputs);
  const innerLanes = lanesFor(groupOutputs);
  const rows = g.batch * g.inputHeight * g.inputWidth;
  const width = g.inputChannels / lanes;
  const variant = productVariant(context.tuning, 'inputGradient', g);
  const tile = registerTile(variant);
  const tileColumns = tileOf(groupInputs / lanes, tile.columns);
  const tileRows = Math.min(rows, tile.rows);
  const blocks = width / tileColumns;
  const down = indices(tileRows);
  const across = indices(tileColumns);
  const product = isMatrixProduct(g);

  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), innerLanes);
  const w = shader.reads('w', context.range(call.inputs.filter), innerLanes);
  const target = context.range(call.outputs.inputGradient);
  const dx = call.write === 'add' ? shader.updates('dx', target, lanes) : shader.writes('dx', target, lanes);
  const store = (at: string, value: string) => `${dx}[${at}] ${call.write === 'add' ? '+=' : '='} ${value};`;
  if (product && isTiled(variant, g.inputChannels, g.outputChannels)) {
    const sizes = { rows, vectors: width, inner: g.outputChannels, splits: 1, partStride: 0 };
    const use = 'inputGradient';
    context.add(tiledProduct(shader, { use, variant, ...sizes, a: dy, b: w, store, declarations: '' }));
    return;
  }
  const innerWidth = g.outputChannels / innerLanes;
  shader.sizes('u32', { rows, width, blocks, depth: groupOutputs / innerLanes, innerWidth });
  if (!product) declareGeometry(shader, g);
  if (!product) shader.sizes('u32', { groupWidth: groupInputs / lanes });

  const dot = (a: string, b: string) => (innerLanes === 4 ? `dot(${a}, ${b})` : `${a} * ${b}`);
  const channels = indices(lanes);
  const overDepth = `for (var k = 0u; k < depth; k++) {
${join(down, (r) => (product ? `let d${r} = ${dy}[p${r} + k];` : `let d${r} = select(${typeOf(innerLanes)}(0), ${dy}[p${r} + k], ok${r});`))}
${join(
  across,
  (j) => `${join(channels, (q) => `let w${j}${q} = ${w}[tap + ${j * lanes + q}u * innerWidth + k];`)}
${join(down, (r) => join(channels, (q) => `a${r}${j}${component(lanes, q)} += ${dot(`d${r}`, `w${j}${q}`)};`))}`,
)}
}`;
  const body = `let n = i % blocks * ${tileColumns}u;
let m = i / blocks * ${tileRows}u;
${join(down, (r) => join(across, (j) => `var a${r}${j} = ${typeOf(lanes)}(0);`))}
${join(down, (r) => `let m${r} = min(m + ${r}u, rows - 1u);`)}
${
  product
    ? `let tap = n * ${lanes}u * innerWidth;\n${join(down, (r) => `let p${r} = m${r} * innerWidth;`)}\n${overDepth}`
    : `let first = n / groupWidth * depth;
let corner = n % groupWidth * ${lanes}u * innerWidth + first;
${join(
  down,
  (r) => `let q${r} = i32(m${r}) / inputWidth;
let right${r} = i32(m${r}) % inputWidth + padLeft;
let below${r} = q${r} % inputHeight + padTop;
let picture${r} = q${r} / inputHeight * outputHeight;`,
)}
for (var ky = 0; ky < kernelHeight; ky++) {
for (var kx = 0; kx < kernelWidth; kx++) {
let tap = corner + u32(ky * kernelWidth + kx) * groupWidth * ${lanes}u * innerWidth;
${join(
  down,
  (r) => `let ty${r} = below${r} - ky * dilationHeight;
let tx${r} = right${r} - kx * dilationWidth;
let oy${r} = ty${r} / strideHeight;
let ox${r} = tx${r} / strideWidth;
let ok${r} = (ty${r} >= 0) & (tx${r} >= 0) & (oy${r} < outputHeight) & (ox${r} < outputWidth) & (oy${r} * strideHeight == ty${r}) & (ox${r} * strideWidth == tx${r});
let p${r} = u32(select(0, (picture${r} + oy${r}) * outputWidth + ox${r}, ok${r})) * innerWidth + first;`,
)}
if (${down.map((r) => `ok${r}`).join(' | ')}) {
${overDepth}
}
}
}`
}
${join(
  down,
  (r) => `if (m + ${r}u < rows) {
let at = (m + ${r}u) * width + n;
${join(across, (j) => store(`at + ${j}u`, `a${r}${j}`))}
}`,
)}`;
  context.add(shader.finish({ threads: Math.ceil(rows / tileRows) * blocks, body }));
}
