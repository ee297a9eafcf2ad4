/**
 * The direction of imports, from ARCHITECTURE.md. Each rule says in its comment what to do instead;
 * test/house/direction.test.ts breaks every one of them on purpose.
 */
const TEST = '[.]test[.]ts$'

/** The roots: each starts a process or a thread, and builds what runs in it. */
const ROOTS = [
  '^src/main[.]ts$',
  '^src/stage-worker[.]ts$',
  '^src/store/embedded/supervisor-process[.]ts$',
]

/** What stands below everything but the domain, and knows nothing of the rest. */
const GROUND = '^src/(errors|clock|log|secret|config)[.]ts$'

const CONTRACTS = [
  '^src/sources/source[.]ts$',
  '^src/destinations/destination[.]ts$',
  '^src/formats/schemas[.]ts$',
]

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'Rules of the field only: no package, no node:, no other folder. Take what you need as an argument.',
      from: { path: '^src/domain/', pathNot: TEST },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'attack-paths-are-pure',
      severity: 'error',
      comment:
        'The engine knows the domain and itself: no package, no node:, no other folder. Its graph is an argument.',
      from: { path: '^src/attack-paths/', pathNot: TEST },
      to: { pathNot: '^src/(domain|attack-paths)/' },
    },
    {
      name: 'ground-stands-below',
      severity: 'error',
      comment:
        'Errors, clock, log, secret and configuration serve every folder, so they know none but the domain.',
      from: { path: GROUND },
      to: { path: '^src/', pathNot: ['^src/domain/', GROUND] },
    },
    {
      name: 'plugins-stand-alone',
      severity: 'error',
      comment:
        'A plug-in knows the domain and its own folder. Share through source.ts, destination.ts or a helper beside them.',
      from: { path: '^src/(sources|destinations|inventories)/([^/]+)/', pathNot: TEST },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/$1/$2/', '^src/$1/[^/]+[.]ts$'] },
    },
    {
      name: 'contracts-know-the-domain',
      severity: 'error',
      comment:
        'A contract and its helpers know the domain and each other, no plug-in: only the registry index.ts lists those.',
      from: {
        path: '^src/(sources|destinations|inventories)/[^/]+[.]ts$',
        pathNot: [TEST, '/index[.]ts$'],
      },
      to: { path: '^src/', pathNot: ['^src/domain/', '^src/$1/[^/]+[.]ts$'] },
    },
    {
      name: 'formats-know-the-domain',
      severity: 'error',
      comment:
        'A format turns what the domain says into bytes: it knows the domain, errors.ts and its own kind.',
      from: { path: '^src/formats/', pathNot: TEST },
      to: { path: '^src/', pathNot: ['^src/(domain|formats)/', '^src/errors[.]ts$'] },
    },
    {
      name: 'store-knows-the-domain',
      severity: 'error',
      comment:
        'The store reads and writes rows: it knows the domain, errors.ts and itself. What to do with rows is decided in app.',
      from: { path: '^src/store/', pathNot: TEST },
      to: { path: '^src/', pathNot: ['^src/(domain|store)/', '^src/errors[.]ts$'] },
    },
    {
      name: 'sql-stays-in-the-store',
      severity: 'error',
      comment: 'Only the store speaks SQL. Write the statement there, and call it by what it does.',
      from: { path: '^src/', pathNot: ['^src/store/', TEST] },
      to: { path: 'node_modules/(@types/)?(pg|pg-[^/]+)/' },
    },
    {
      name: 'app-knows-contracts-only',
      severity: 'error',
      comment:
        'A use case knows the domain, the store, the formats, the contracts and the helpers of reading beside source.ts. A concrete plug-in or a face comes in as an argument.',
      from: { path: '^src/app/', pathNot: TEST },
      to: {
        path: '^src/',
        pathNot: [
          '^src/(domain|store|formats|attack-paths|app)/',
          '^src/sources/(?!index[.]ts$)[^/]+[.]ts$',
          GROUND,
          ...CONTRACTS,
        ],
      },
    },
    {
      name: 'faces-call-use-cases',
      severity: 'error',
      comment:
        'Command line, HTTP and worker call app, and read lists from the store. They know neither each other nor a plug-in.',
      from: { path: '^src/(cli|http|worker)/', pathNot: TEST },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/(domain|store|app)/', GROUND, ...CONTRACTS],
      },
    },
    {
      name: 'registries-are-for-roots',
      severity: 'error',
      comment:
        'Only a composition root (src/main.ts, src/stage-worker.ts) knows which plug-ins there are. Take the list as an argument.',
      from: {
        path: '^src/',
        pathNot: ['^src/main[.]ts$', '^src/stage-worker[.]ts$', TEST],
      },
      to: { path: '^src/(sources|destinations|inventories)/index[.]ts$' },
    },
    {
      name: 'plugins-come-through-their-registry',
      severity: 'error',
      comment: 'A concrete plug-in is named in its registry index.ts and nowhere else.',
      from: { path: '^src/', pathNot: ['^src/(sources|destinations|inventories)/', TEST] },
      to: { path: '^src/(sources|destinations|inventories)/[^/]+/' },
    },
    {
      name: 'roots-are-not-imported',
      severity: 'error',
      comment:
        'A root runs when it is loaded. Move what you want to share into a module of its own; its types may be imported.',
      from: { path: '^(src|test|scripts)/' },
      to: { path: ROOTS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-knows-no-test',
      severity: 'error',
      comment: 'What is shipped never imports what tests it. Move what both need into src.',
      from: { path: '^src/', pathNot: TEST },
      to: { path: ['^(test|scripts)/', TEST] },
    },
    {
      name: 'product-needs-no-dev-dependency',
      severity: 'error',
      comment:
        'An installation has no devDependencies: list the package under dependencies, or do without.',
      from: { path: '^src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'packages-are-declared',
      severity: 'error',
      comment:
        'A package that package.json does not name is there by accident. Add it, or do without.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment:
        'Two modules that need each other are one, or lack a third: move what both need there.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'The import leads nowhere: the file or the package is not there.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nothing imports this module and it imports nothing: delete it, or use it.',
      from: { orphan: true, path: '^src/', pathNot: [...ROOTS, TEST] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type imports are imports: a boundary that only types cross is crossed.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
