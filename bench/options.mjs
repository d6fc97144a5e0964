// What `npm run bench -- …` takes.
import { parseArgs } from 'node:util';

export const PARTS = ['wasm', 'webgpu', 'tfjs', 'stock', 'torch', 'counts', 'app', 'estimate'];

export const USAGE = `npm run bench -- [options]
  --only ${PARTS.join(',')}   some parts alone (default: all)
  --networks efficientnet-lite0,mobilenet-v1-0.25   some networks alone
  --rounds N        turns of every peer (default 7)
  --stock-steps N   timed steps of stock TensorFlow.js where one takes seconds, after one that compiles (default 1; more
                    while they have taken less than 15 s together)
  --large           EfficientNet-Lite0 at 224×224 too (stock at batch 1)
  --quick           two rounds, no app and no estimates: to see that everything runs
  --gpu             the browser's own WebGPU adapter instead of the software one
  --write           keep the result in docs/benchmark.md even if only a part was measured
PyTorch: THAW_PYTHON names the Python to use (default python3; scripts/reference/requirements.txt).`;

/**
 * @typedef {{ parts: Set<string>, networks: Set<string> | null, rounds: number, stockSteps: number, large: boolean,
 *   gpu: boolean, write: boolean, help: boolean }} Options
 * @param {string[]} argv
 * @returns {Options}
 */
export function readOptions(argv) {
  const text = { type: /** @type {const} */ ('string') };
  const flag = { type: /** @type {const} */ ('boolean'), default: false };
  const { values } = parseArgs({
    args: argv,
    options: {
      only: text,
      networks: text,
      rounds: text,
      'stock-steps': text,
      large: flag,
      quick: flag,
      gpu: flag,
      write: flag,
      help: flag,
    },
  });
  const usual = values.quick ? PARTS.filter((part) => part !== 'app' && part !== 'estimate') : PARTS;
  const parts = values.only?.split(',') ?? usual;
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`--only knows no "${unknown}". It knows ${PARTS.join(', ')}.`);
  const isWhole = parts.length === PARTS.length && values.networks === undefined && !values.quick;
  return {
    parts: new Set(parts),
    networks: values.networks === undefined ? null : new Set(values.networks.split(',')),
    rounds: count('--rounds', values.rounds, values.quick ? 2 : 7),
    stockSteps: count('--stock-steps', values['stock-steps'], 1),
    large: values.large,
    gpu: values.gpu,
    write: values.write || isWhole,
    help: values.help,
  };
}

function count(name, text, usual) {
  if (text === undefined) return usual;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} wants a whole number from 1.`);
  return number;
}
