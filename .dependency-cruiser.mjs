// Boundaries of the code base (STYLE.md). Every rule is an error; the comment is the reason shown to whoever breaks it.

/** Left may be imported by right, never the other way round. */
const FEATURES =
  'registry|policies|risk|approvals|budgets|guardrails|flows|rollback|discovery|readiness|evals|audit|traces|access';
const BASE = 'config|telemetry|storage|coordination';
const server = 'packages/server/src';
const KERNEL_MAY = '^(node:crypto|crypto)$';

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle means that a cut is in the wrong place.',
      from: { pathNot: '^node_modules' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'lib-is-lowest',
      severity: 'error',
      comment: 'lib knows no domain and no other folder.',
      from: { path: `^${server}/lib/` },
      to: { path: `^${server}/(?!lib/)` },
    },
    {
      name: 'base-below-features',
      severity: 'error',
      comment: 'config, telemetry, storage and coordination know no feature.',
      from: { path: `^${server}/(${BASE})/` },
      to: { path: `^${server}/(${FEATURES}|gateway|routes|app|main)(\\.ts$|/)` },
    },
    {
      name: 'features-below-gateway',
      severity: 'error',
      comment: 'A feature never knows the gateway, the routes or the app.',
      from: { path: `^${server}/(${FEATURES})/` },
      to: { path: `^${server}/(gateway|routes|app|main)(\\.ts$|/)` },
    },
    {
      name: 'gateway-below-app',
      severity: 'error',
      comment: 'The gateway is composed by app.ts, not the reverse.',
      from: { path: `^${server}/gateway/` },
      to: { path: `^${server}/(routes|app|main)(\\.ts$|/)` },
    },
    {
      name: 'feature-doors',
      severity: 'error',
      comment: 'A feature is entered through its index.ts.',
      from: { path: `^${server}/([^/]+)/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^${server}/(${FEATURES}|${BASE}|lib)/(?!index\\.ts$)`, pathNot: `^${server}/$1/` },
    },
    {
      name: 'root-uses-doors',
      severity: 'error',
      comment: 'app.ts and routes.ts use doors too.',
      from: { path: `^${server}/[^/]+\\.ts$`, pathNot: '\\.test\\.ts$' },
      to: { path: `^${server}/(${FEATURES}|${BASE}|lib)/(?!index\\.ts$)` },
    },
    {
      name: 'package-doors',
      severity: 'error',
      comment: 'A package is entered through its index.ts; the SDK also through that of an adapter.',
      from: { path: '^(packages/([^/]+)|e2e|examples|tools)/' },
      to: { path: '^packages/[^/]+/src/(?!index\\.ts$)', pathNot: '^packages/($2/|sdk/src/[^/]+/index\\.ts$)' },
    },
    {
      name: 'pure-policy',
      severity: 'error',
      comment: 'policy does no I/O: the SDK and an auditor evaluate with it anywhere.',
      from: { path: '^packages/policy/src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-ledger',
      severity: 'error',
      comment: 'ledger does no I/O; of Node it uses only hashing and signatures.',
      from: { path: '^packages/ledger/src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: KERNEL_MAY },
    },
    {
      name: 'contracts-know-zod-only',
      severity: 'error',
      comment: 'contracts is the wire and nothing else.',
      from: { path: '^packages/contracts/src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(packages/(?!contracts/)|node_modules/(?!zod/))' },
    },
    {
      name: 'kernels-know-no-server',
      severity: 'error',
      comment: 'Kernels, contracts and the SDK work without a server.',
      from: { path: '^packages/(contracts|policy|ledger|sdk)/' },
      to: { path: '^packages/(server|cli|testkit)/' },
    },
    {
      name: 'redis-in-coordination',
      severity: 'error',
      comment: 'Only coordination talks to Redis.',
      from: { pathNot: `^${server}/coordination/` },
      to: { path: '^node_modules/ioredis/' },
    },
    {
      name: 'driver-in-storage',
      severity: 'error',
      comment: 'Only storage opens databases.',
      from: { path: '^packages/', pathNot: `^(${server}/storage/|packages/testkit/)|\\.test\\.ts$` },
      to: { path: '^node_modules/(better-sqlite3|pg)/' },
    },
    {
      name: 'outbound-client',
      severity: 'error',
      comment: 'Only lib opens connections; callers say whether the address is ours or user-supplied.',
      from: { path: `^${server}/`, pathNot: `^${server}/lib/|\\.test\\.ts$` },
      to: { path: '^node_modules/undici/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'otel-in-telemetry',
      severity: 'error',
      comment: 'Only telemetry imports OpenTelemetry and prom-client.',
      from: { pathNot: `^${server}/telemetry/` },
      to: { path: '^node_modules/(@opentelemetry|prom-client)/' },
    },
    {
      name: 'tests-stay-tests',
      severity: 'error',
      comment: 'Product code does not import tests or the testkit.',
      from: { path: '^packages/(?!testkit)', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^packages/testkit/)' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that resolves to nothing.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '__fixtures__' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
