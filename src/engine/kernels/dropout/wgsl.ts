import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { float } from '../wgsl/shader';
import { dropoutThreshold } from './mask';

/** The mask of `mask.ts` in u32 arithmetic, which wraps in WGSL as there. */
export function dropout(call: CallOf<'dropout'>, context: WgslContext): void {
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), 4);
  const y = shader.writes('y', context.range(call.outputs.output), 4);
  context.add(
    shader.finish({
      threads: Math.ceil(call.elements / 4),
      declarations: `fn mix32(value: vec4u) -> vec4u {
var h = value;
h = (h ^ (h >> vec4u(16u))) * 0x85ebca6bu;
h = (h ^ (h >> vec4u(13u))) * 0xc2b2ae35u;
return h ^ (h >> vec4u(16u));
}`,
      body: `let key = mix32(u32(${shader.scalar(call.seed)}) + mix32(vec4u(${call.salt}u)));
let drawn = mix32(vec4u(i * 4u) + vec4u(0u, 1u, 2u, 3u) + key);
${y}[i] = select(vec4f(0), ${x}[i] * ${float(1 / (1 - call.rate))}, drawn >= vec4u(${dropoutThreshold(call.rate)}u));`,
    }),
  );
}
