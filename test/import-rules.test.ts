import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

function checkImports(folder: string): { exitCode: number | null; lines: string[] } {
  const result = spawnSync(process.execPath, ['scripts/check-imports.mjs', folder], { encoding: 'utf8' });
  return { exitCode: result.status, lines: result.stdout.trim().split('\n') };
}

/** What stands in test/fixtures/planted: for each rule the import that breaks it. */
const PLANTED: Record<string, readonly string[]> = {
  'core-is-pure': [
    'src/core/knows-engine.ts → src/engine/loop.ts',
    'src/core/knows-a-library.ts → ',
    'src/core/knows-a-type.ts → src/store/typed-state.ts',
  ],
  'step-plan-to-core': ['src/engine/step-plan/knows-kernel.ts → src/engine/kernels/add.ts'],
  'kernels-to-step-plan': ['src/engine/kernels/knows-engine.ts → src/engine/loop.ts'],
  'engine-to-kernels': ['src/engine/knows-worker.ts → src/worker/loop-host.ts'],
  'worker-to-engine': ['src/worker/knows-store.ts → src/store/state.ts'],
  'core-graph-before-options': ['src/core/graph/knows-later-room.ts → src/core/run/late.ts'],
  'core-options-before-phases': ['src/core/options/knows-later-room.ts → src/core/run/late.ts'],
  'core-phases-before-run': ['src/core/phases/knows-later-room.ts → src/core/run/late.ts'],
  'engine-run-before-backends': ['src/engine/run/knows-later-room.ts → src/engine/cost/late.ts'],
  'engine-backends-before-cost': ['src/engine/backends/knows-later-room.ts → src/engine/cost/late.ts'],
  'step-plan-lower-before-emit': [
    'src/engine/step-plan/lower/knows-later-room.ts → src/engine/step-plan/executor/late.ts',
  ],
  'step-plan-emit-before-compile': [
    'src/engine/step-plan/emit/knows-later-room.ts → src/engine/step-plan/executor/late.ts',
  ],
  'step-plan-compile-before-frozen': [
    'src/engine/step-plan/compile/knows-later-room.ts → src/engine/step-plan/executor/late.ts',
  ],
  'step-plan-frozen-before-executor': [
    'src/engine/step-plan/frozen/knows-later-room.ts → src/engine/step-plan/executor/late.ts',
  ],
  'plans-are-data': ['src/engine/step-plan/knows-executor.ts → src/engine/step-plan/executor/late.ts'],
  'client-to-core': ['src/worker/client.ts → src/worker/loop-host.ts'],
  'data-to-core': ['src/data/knows-store.ts → src/store/state.ts'],
  'storage-to-core': ['src/storage/knows-data.ts → src/data/pictures.ts'],
  'store-to-client-and-data': ['src/store/knows-engine.ts → src/engine/loop.ts'],
  'ui-to-store-and-data': ['src/ui/knows-client.ts → src/worker/client.ts'],
  'main-composes': ['src/main.tsx → src/engine/loop.ts'],
  'react-only-in-ui': ['src/store/knows-react.ts → '],
  'tensorflow-only-in-engine-and-worker': ['src/store/knows-tensorflow.ts → '],
  'page-never-loads-tensorflow': ['src/main.tsx → '],
  'no-cycles': ['src/core/cycle-one.ts → src/core/cycle-two.ts'],
  'product-without-tests': ['src/data/knows-a-test.ts → src/data/pictures.test.ts'],
  'product-without-dev-packages': ['src/engine/knows-a-dev-package.ts → '],
  resolvable: ['src/engine/knows-nothing-there.ts → ./not-there'],
};

describe('the import rules', () => {
  const planted = checkImports('test/fixtures/planted');

  test.each(Object.entries(PLANTED))('%s reports its planted violation', (rule, imports) => {
    for (const start of imports) {
      expect(planted.lines.some((line) => line.startsWith(`${rule}: ${start}`))).toBe(true);
    }
  });

  test('report nothing else, and fail the check', () => {
    const count = Object.values(PLANTED).flat().length;
    expect(planted.lines.at(-1)).toMatch(new RegExp(`, ${count} violations$`));
    expect(planted.exitCode).toBe(1);
  });

  test('each have a planted violation', () => {
    const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
      forbidden: readonly { name: string }[];
    };
    expect(config.forbidden.map((rule) => rule.name).sort()).toEqual(Object.keys(PLANTED).sort());
  });

  test('fail where no module was read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'thaw-no-modules-'));
    mkdirSync(join(folder, 'src'));
    const empty = checkImports(folder);
    rmSync(folder, { recursive: true });
    expect(empty.exitCode).toBe(1);
    expect(empty.lines).toContain('No module was read, so nothing was checked.');
  });
});
