/**
 * The import rules of the project: who may know whom. `pnpm run imports` enforces them.
 */
const domains = ['copy', 'enrich', 'attribution', 'rule', 'alert'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-stands-alone',
      comment: 'core never imports what is built on it',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^(packages/(?!core/)|infra/)' },
    },
    ...domains.map((domain) => ({
      name: `${domain}-knows-no-other-domain`,
      comment:
        'a domain folder imports runtime, event, bus, table, stream, where, change and referral, and never another domain',
      severity: 'error',
      from: { path: `^packages/core/src/${domain}/` },
      to: { path: `^packages/core/src/(${domains.filter((other) => other !== domain).join('|')})/` },
    })),
    {
      name: 'folders-through-their-index',
      comment:
        'inside core, another folder is imported through its index.ts (runtime/resource.ts is the one exception)',
      severity: 'error',
      from: { path: '^packages/core/src/([^/]+)/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^packages/core/src/([^/]+)/',
        pathNot: ['^packages/core/src/$1/', '/index[.]ts$', '^packages/core/src/runtime/resource[.]ts$'],
      },
    },
    {
      name: 'base-knows-no-domain',
      comment: 'runtime, event, table, bus, stream, where, change and referral serve the domains and never import one',
      severity: 'error',
      from: { path: '^packages/core/src/(runtime|event|table|bus|stream|where|change|referral)/' },
      to: { path: `^packages/core/src/(${domains.join('|')})/` },
    },
    {
      name: 'infra-reads-the-registry',
      comment: 'infra imports the registry, event definitions, the names of links, and sst; nothing else of ours',
      severity: 'error',
      from: { path: '^infra/', pathNot: '^infra/(test|acceptance)/' },
      to: {
        path: '^packages/',
        pathNot: [
          '^packages/functions/src/workflows[.]ts$',
          '^packages/core/src/event/',
          '^packages/core/src/runtime/resource[.]ts$',
        ],
      },
    },
    {
      name: 'handlers-use-core-and-pipeline',
      severity: 'error',
      from: { path: '^packages/functions/src/' },
      to: { path: '^packages/(?!functions/|core/|pipeline/)' },
    },
    {
      name: 'pipeline-uses-core',
      severity: 'error',
      from: { path: '^packages/pipeline/' },
      to: { path: '^packages/(?!pipeline/|core/)' },
    },
    {
      name: 'no-tests-in-products',
      severity: 'error',
      from: { pathNot: ['[.]test[.]ts$', '/test/'] },
      to: { path: ['[.]test[.]ts$', '^packages/[^/]+/test/'] },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'a package imports what its own package.json names; vitest is the whole workspace’s',
      severity: 'error',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/vitest/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^[.]sst'] },
    exclude: { path: ['^[.]sst', '[.]millrace'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
