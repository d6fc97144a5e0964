import { isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl-context';
import { component, lanesFor, typeOf } from '../wgsl-shader';
import { indices, join } from '../wgsl-text';
import { productVariant, registerTile } from '../wgsl-tuning';
import { declareGeometry, tileOf } from './wgsl-geometry';
import { isTiled, tiledProduct } from './wgsl-tiled-product';

/**
 * Every thread keeps a tile of outputs in registers: some rows (places of the output) by some vectors of
 * channels, so that each number loaded is used several times. Loops are unrolled over the tile only: large
 * unrolled shaders take minutes to compile.
 */
export function conv2d(call: CallOf<'conv2d'>, context: WgslContext): void {
  const g = call.geometry;
  const groupInputs = g.inputChannels / g.groups;
  const groupOutputs = g.outputChannels / g.groups;
  const lanes = lanesFor(groupOutputs);
  const inputLanes = lanesFor(groupInputs);
  const rows = g.batch * g.outputHeight * g.outputWidth;
  const width = g.outputChannels / lanes;
  const variant = productVariant(context.tuning, 'forward', g);
  const tile = registerTile(variant);
  const tileColumns = tileOf(groupOutputs / lanes, tile.columns);
  const tileRows = Math.min(rows, tile.rows);
  const blocks = width / tileColumns;
  const down = indices(tileRows);
  const across = indices(tileColumns);
  const product = isMatrixProduct(g);

  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), inputLanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const biasRange = optionalRange(context, call.inputs.bias);
  const bias = biasRange && shader.reads('bias', biasRange, lanes);
  const residualRange = optionalRange(context, call.inputs.residual);
  const residual = residualRange && shader.reads('residual', residualRange, lanes);
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const result = (at: string, n: string, value: string) => {
    const terms = [value];
    if (bias) terms.push(`${bias}[${n}]`);
    if (residual) terms.push(`${residual}[${at}]`);
    return `${y}[${at}] = activate(${terms.join(' + ')});`;
  };
  const declarations = activateFunction(call.activation, lanes);
  if (product && isTiled(variant, g.inputChannels, g.outputChannels)) {
    const store = (at: string, value: string) => result(at, 'n', value);
    const sizes = { rows, vectors: width, inner: g.inputChannels, splits: 1, partStride: 0 };
    context.add(tiledProduct(shader, { use: 'forward', variant, ...sizes, a: x, b: w, store, declarations }));
    return;
  }
  const inputVectors = g.inputChannels / inputLanes;
  shader.sizes('u32', { rows, width, blocks, depth: groupInputs / inputLanes });
  if (!product) declareGeometry(shader, g);
  if (!product) shader.sizes('u32', { inputVectors, groupWidth: groupOutputs / lanes });

  const overDepth = `for (var k = 0u; k < depth; k++) {
${join(down, (r) => (product ? `let x${r} = ${x}[p${r} + k];` : `let x${r} = select(${typeOf(inputLanes)}(0), ${x}[p${r} + k], ok${r});`))}
${join(
  indices(inputLanes),
  (k) => `let at${k} = tap + (k * ${inputLanes}u + ${k}u) * width + n;
${join(across, (j) => `let w${k}${j} = ${w}[at${k} + ${j}u];`)}
${join(down, (r) => join(across, (j) => `a${r}${j} += x${r}${component(inputLanes, k)} * w${k}${j};`))}`,
)}
}`;
  const body = `let n = i % blocks * ${tileColumns}u;
let m = i / blocks * ${tileRows}u;
${join(down, (r) => join(across, (j) => `var a${r}${j} = ${typeOf(lanes)}(0);`))}
${join(down, (r) => `let m${r} = min(m + ${r}u, rows - 1u);`)}
${
  product
    ? `let tap = 0u;\n${join(down, (r) => `let p${r} = m${r} * depth;`)}\n${overDepth}`
    : `let first = n / groupWidth * depth;
${join(
  down,
  (r) => `let q${r} = i32(m${r}) / outputWidth;
let left${r} = i32(m${r}) % outputWidth * strideWidth - padLeft;
let top${r} = q${r} % outputHeight * strideHeight - padTop;
let picture${r} = q${r} / outputHeight * inputHeight;`,
)}
for (var ky = 0; ky < kernelHeight; ky++) {
for (var kx = 0; kx < kernelWidth; kx++) {
let tap = u32(ky * kernelWidth + kx) * depth * ${inputLanes}u * width;
${join(
  down,
  (r) => `let iy${r} = top${r} + ky * dilationHeight;
let ix${r} = left${r} + kx * dilationWidth;
let ok${r} = (iy${r} >= 0) & (iy${r} < inputHeight) & (ix${r} >= 0) & (ix${r} < inputWidth);
let p${r} = u32(select(0, (picture${r} + iy${r}) * inputWidth + ix${r}, ok${r})) * inputVectors + first;`,
)}
${overDepth}
}
}`
}
${join(
  down,
  (r) => `if (m + ${r}u < rows) {
let at = (m + ${r}u) * width + n;
${join(across, (j) => result(`at + ${j}u`, `n + ${j}u`, `a${r}${j}`))}
}`,
)}`;
  context.add(
    shader.finish({
      threads: Math.ceil(rows / tileRows) * blocks,
      declarations,
      body,
    }),
  );
}
