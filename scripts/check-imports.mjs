// Holds the import rules of .dependency-cruiser.cjs. `node scripts/check-imports.mjs [FOLDER]` checks FOLDER/src.
// Zero modules is a failure: dependency-cruiser reads none, and reports no violation, where the TypeScript
// it finds has no JavaScript API (7 and later).
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ROOT } from './prepare.mjs';

const folder = resolve(process.argv[2] ?? ROOT);
const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const result = spawnSync(
  process.execPath,
  [cruiser, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'],
  { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);

let summary;
try {
  summary = JSON.parse(result.stdout).summary;
} catch {
  console.error(`dependency-cruiser did not run:\n${result.stdout}${result.stderr}`);
  process.exit(1);
}

for (const { rule, from, to, cycle } of summary.violations) {
  const path = cycle?.map((step) => step.name).join(' → ') ?? to;
  console.log(`${rule.name}: ${from} → ${path}`);
}
if (summary.totalCruised === 0) console.log('No module was read, so nothing was checked.');
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised ?? 0} imports, ${summary.violations.length} violations`,
);
process.exitCode = summary.totalCruised > 0 && summary.violations.length === 0 ? 0 : 1;
