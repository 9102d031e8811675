/** Modules of the control plane; each imports only what stands to its left. */
const LINE = ['kernel', 'db', 'http', 'jobs', 'iam', 'fleet', 'vpc', 'agents', 'sessions', 'tsvi', 'lifecycle']

const TEST_CODE = '(\\.test|/harness|/test-[a-z]+)\\.ts$|^control/testing/'

const rightwards = LINE.map((module, index) => ({
  name: `${module}-imports-leftwards`,
  comment: `control/${module} imports only ${LINE.slice(0, index).join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^control/${module}/`, pathNot: TEST_CODE },
  to: { path: '^control/', pathNot: `^control/(${LINE.slice(0, index + 1).join('|')})/` },
}))

const throughTheDoor = LINE.map((module) => ({
  name: `${module}-through-index`,
  comment: `control/${module} is imported through #${module}`,
  severity: 'error',
  from: { path: '^control/', pathNot: [`^control/${module}/`, TEST_CODE] },
  to: { path: `^control/${module}/`, pathNot: '/index\\.ts$' },
}))

/** Programs meet only at contract/; whoever starts others may import their faces. */
function program(name, allowed) {
  return {
    name: `${name}-stays-apart`,
    comment: `${name}/ imports only ${[name, ...allowed].join(', ')}`,
    severity: 'error',
    from: { path: `^${name}/`, pathNot: TEST_CODE },
    to: {
      path: '^(contract|control|agent|compute|cli|e2e|bench|tools)/',
      pathNot: `^(${[name, ...allowed].join('|')})/`,
    },
  }
}

module.exports = {
  forbidden: [
    { name: 'no-circles', comment: 'not even of types', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere would escape every other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-test-code-in-programs',
      severity: 'error',
      from: { path: '^(contract|control|agent|compute|cli)/', pathNot: TEST_CODE },
      to: { path: TEST_CODE },
    },
    ...rightwards,
    ...throughTheDoor,
    program('contract', []),
    program('agent', ['contract']),
    program('compute', ['contract', 'agent']),
    program('control', ['contract']),
    program('cli', ['contract', 'control', 'agent', 'compute']),
    {
      name: 'contract-needs-its-schema-library-only',
      severity: 'error',
      from: { path: '^contract/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/typebox/' },
    },
    {
      name: 'agent-has-a-short-list-of-packages',
      comment: "it is installed on other people's servers",
      severity: 'error',
      from: { path: '^agent/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/(ws|typebox|@types/ws)/' },
    },
    {
      name: 'no-dev-packages-in-programs',
      severity: 'error',
      from: { path: '^(contract|control|agent|compute|cli)/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'facts-know-no-world',
      comment: 'noun.ts files of the life cycle decide; they do no I/O',
      severity: 'error',
      from: {
        path: '^control/(tsvi/(update|plan)|lifecycle/(task|rules|reboot|power|create|delete|create-request))\\.ts$',
      },
      to: { path: '(^node:|\\.(store|service|view|routes)\\.ts$)|^(fs|net|crypto|child_process)$' },
    },
    {
      name: 'policies-know-no-world',
      comment: 'the policy engine decides; it reads two packages and nothing of ours beside itself',
      severity: 'error',
      from: { path: '^control/iam/policy/', pathNot: TEST_CODE },
      to: { pathNot: '^control/iam/policy/|node_modules/(ipaddr\\.js|secure-json-parse)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
