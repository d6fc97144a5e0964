// Which part may import which. Imports point one way:
//   main.tsx → ui → store → (worker/client.ts, data, storage) → core
//   worker → engine → kernels → step-plan; anything → core
// and within a part from room to room: see ROOMS.
// Each rule has a planted violation under test/fixtures/planted, which the tests expect to be reported.
const { join } = require('node:path');

const TESTS = '[.]test[.]tsx?$|/testing/';
const PACKAGES = 'node_modules/';

/** A part of src may import itself and what `mayImport` lists (patterns of paths); packages are other rules' matter. */
function onlyFrom(name, from, mayImport, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: TESTS },
    to: { path: '^src/', pathNot: [from, ...mayImport] },
  };
}

/** The rooms of a part, the first one first: a room imports itself and those before it. */
const ROOMS = {
  core: ['graph', 'options', 'phases', 'run'],
  engine: ['run', 'backends', 'cost'],
  'engine/step-plan': ['lower', 'emit', 'compile', 'frozen', 'executor'],
};

function roomsInOrder([part, rooms]) {
  return rooms.slice(0, -1).map((room, index) => ({
    name: `${part.split('/').at(-1)}-${room}-before-${rooms[index + 1]}`,
    comment: `In src/${part} imports go back to an earlier room: ${rooms.join(', ')}.`,
    severity: 'error',
    from: { path: `^src/${part}/${room}/`, pathNot: TESTS },
    to: { path: `^src/${part}/(${rooms.slice(index + 1).join('|')})/` },
  }));
}

const CORE = '^src/core/';
const DATA = '^src/data/';
const STORAGE = '^src/storage/';
const CLIENT = '^src/worker/client[.]ts$';
// How a failure crosses between the threads: both sides need it.
const TRANSFER = '^src/worker/error-transfer[.]ts$';
const WORKER = '^src/worker/(?!client[.]ts$)';
const ENGINE = '^src/engine/(?!(kernels|step-plan)/)';
const KERNELS = '^src/engine/kernels/';
const STEP_PLAN = '^src/engine/step-plan/';
// Types only: what a phase is to whoever runs it, plans and executors alike.
const EXECUTOR_CONTRACT = '^src/engine/executor[.]ts$';

module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'src/core imports nothing but itself and valibot: no DOM library, no TensorFlow.js, no other part.',
      severity: 'error',
      from: { path: CORE, pathNot: TESTS },
      to: { pathNot: [CORE, `${PACKAGES}valibot/`] },
    },
    onlyFrom(
      'step-plan-to-core',
      STEP_PLAN,
      [EXECUTOR_CONTRACT, CORE],
      'A step plan is data that knows nothing of a backend.',
    ),
    onlyFrom(
      'kernels-to-step-plan',
      KERNELS,
      [STEP_PLAN, CORE],
      'Kernels know the calls of a plan and core.',
    ),
    onlyFrom(
      'engine-to-kernels',
      ENGINE,
      [KERNELS, STEP_PLAN, CORE],
      'The engine imports its kernels, plans and core.',
    ),
    onlyFrom(
      'worker-to-engine',
      WORKER,
      [ENGINE, KERNELS, STEP_PLAN, STORAGE, CORE],
      'The worker imports engine, storage and core.',
    ),
    onlyFrom(
      'client-to-core',
      CLIENT,
      [TRANSFER, CORE],
      'The page side of the worker knows messages and core.',
    ),
    ...Object.entries(ROOMS).flatMap(roomsInOrder),
    {
      name: 'plans-are-data',
      comment:
        'What a plan is, and what a backend gets of it, knows none of the rooms that make and run plans.',
      severity: 'error',
      from: { path: '^src/engine/step-plan/(calls/)?[^/]+$', pathNot: TESTS },
      to: { path: `^src/engine/step-plan/(${ROOMS['engine/step-plan'].join('|')})/` },
    },
    onlyFrom('data-to-core', DATA, [CORE], 'Pictures come in without knowing who asked.'),
    onlyFrom('storage-to-core', STORAGE, [CORE], 'Storage knows only core.'),
    onlyFrom(
      'store-to-client-and-data',
      '^src/store/',
      [CLIENT, DATA, STORAGE, CORE],
      'The store never imports the page or the engine.',
    ),
    onlyFrom(
      'ui-to-store-and-data',
      '^src/ui/',
      ['^src/store/', DATA, CORE],
      'Panels read the store and know what a picture is; the worker they reach through the store.',
    ),
    onlyFrom(
      'main-composes',
      '^src/main[.]tsx$',
      ['^src/ui/', '^src/store/', CLIENT, DATA, STORAGE, CORE],
      'main.tsx puts page, store and worker client together; the engine stays behind the worker.',
    ),
    {
      name: 'react-only-in-ui',
      comment: 'React and what draws with it belong to src/ui and src/main.tsx.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/ui/', '^src/main[.]tsx$'] },
      to: { path: `${PACKAGES}(react|react-dom|lucide-react|uplot)/` },
    },
    {
      name: 'tensorflow-only-in-engine-and-worker',
      comment: 'TensorFlow.js belongs to src/engine and src/worker.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/engine/', '^src/worker/'] },
      to: { path: `${PACKAGES}@tensorflow/` },
    },
    {
      name: 'page-never-loads-tensorflow',
      comment: 'The page thread must stay light: nothing that main.tsx reaches may lead to TensorFlow.js.',
      severity: 'error',
      from: { path: '^src/main[.]tsx$' },
      to: { path: `${PACKAGES}@tensorflow/`, reachable: true },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle means that two files are one idea, or that one of them holds two.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'product-without-tests',
      comment: 'What ships imports no test and nothing outside src.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: ['^(test|e2e|scripts|bench|fixtures)/', TESTS] },
    },
    {
      name: 'product-without-dev-packages',
      comment: 'What ships imports only packages under dependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere escapes every other rule.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: PACKAGES },
    exclude: { path: '[.]as[.]ts$' },
    // `import type` counts as well: a type is knowledge of the other part too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'types', 'default'],
    },
  },
};
