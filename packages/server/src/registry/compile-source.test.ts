import { expect, test } from 'vitest';
import { compileSource } from './compile-source.ts';

const compile = (files: Record<string, string>) =>
  compileSource({ files: Object.entries(files).map(([path, text]) => ({ path, text })) }, new Map());

const problemsOf = async (files: Record<string, string>) =>
  (await compile(files)).problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);

const AGENT = 'kind: Agent\nname: refund\nowner: maya@example.com\npurpose: Refund charges\n';
const API = 'kind: ToolServer\nname: api\ntransport: { api: "https://api.example.com" }\ntools:\n';
const KINDS = 'Workspace, Agent, ToolServer, Model, Secret, Budget, Guardrails, RiskRules, Approvals';

test.each<[string, string, string[]]>([
  ['a misspelled key', `${AGENT}purpsoe: x\n`, ['5:1: unknown key "purpsoe"; did you mean "purpose"?']],
  [
    'a key of nowhere',
    `${AGENT}runtime: { zzz: 1 }\n`,
    ['5:12: unknown key "zzz"; known here: framework, vendor, version'],
  ],
  ['a missing field', 'kind: Agent\nname: a\nowner: m@example.com\n', ['1:1: "purpose" is missing: give text']],
  ['no name', 'kind: Agent\n', ['1:1: "name" is missing: give text']],
  ['no kind', 'name: a\n', [`1:1: "kind" is missing: give one of ${KINDS}`]],
  ['a list', '- 1\n', ['1:1: expected an object with kind and name']],
  ['a misspelled kind', 'kind: Agnet\nname: a\n', ['1:7: unknown kind "Agnet"; did you mean "Agent"?']],
  ['a kind of elsewhere', 'kind: Deployment\nname: a\n', [`1:7: unknown kind "Deployment"; known are ${KINDS}`]],
  ['a kind of later', 'kind: Peer\nname: a\n', [`1:7: kind Peer is not supported yet; this version knows ${KINDS}`]],
  [
    'not an e-mail address',
    AGENT.replace('maya@example.com', 'maya'),
    ['3:8: expected an e-mail address; found "maya"'],
  ],
  [
    'a misspelled choice',
    `${AGENT}autonomy: pilott\n`,
    ['5:11: expected one of shadow, supervised, pilot, autopilot; found "pilott"; did you mean "pilot"?'],
  ],
  ['a number out of range', `${AGENT}limits: { toolCallsPerRun: -1 }\n`, ['5:28: expected more than 0; found -1']],
  [
    'not a duration',
    `${AGENT}limits:\n  wallClockPerRun: soon\n`,
    ['6:20: expected a duration such as 500ms, 60s, 15m, 24h or 90d; found "soon"'],
  ],
  [
    'not a date',
    `${AGENT}reviewed: { at: 2026-13-01, every: 90d }\n`,
    ['5:17: expected a date such as 2026-11-02; found "2026-13-01"'],
  ],
  [
    'two caps in one',
    `${AGENT}budgets: [{ per: day, usd: 1, tokens: 2 }]\n`,
    ['5:11: a cap has exactly one of usd, tokens, calls'],
  ],
  ['text for a list', `${AGENT}tools: api.go\n`, ['5:8: expected a list; found "api.go"']],
  ['nothing for an object', `${AGENT}limits:\n`, ['5:8: expected an object; found nothing']],
  ['a wrong branch', 'kind: Secret\nname: k\nfrom: { evn: X }\n', ['3:9: unknown key "evn"; did you mean "env"?']],
  [
    'text for a branch',
    'kind: Secret\nname: k\nfrom: X\n',
    ['3:7: expected one of: an object with env, file; found "X"'],
  ],
  [
    'a value no branch takes',
    `${API}  a: { reversible: never }\n`,
    ['5:20: expected one of: irreversible; an object with within, by, args; found "never"'],
  ],
  [
    'a bad tool name',
    `${API}  "a b": {}\n`,
    ['5:3: expected a tool name: 1 to 128 of A-Z a-z 0-9 _ . / -; found "a b"'],
  ],
  [
    'not a URL',
    'kind: ToolServer\nname: t\ntransport: { http: nope }\n',
    ['3:20: expected a URL such as https://api.example.com; found "nope"'],
  ],
  [
    'a dotted server',
    'kind: ToolServer\nname: a.b\ntransport: { stdio: [x] }\n',
    ['2:7: a ToolServer has no dot in its name, because its tools are named server.tool; found "a.b"'],
  ],
  [
    'CEL that does not parse',
    `${API}  a: { amount: "args.x +" }\n`,
    ['5:16: not a CEL expression over args: Unexpected token: EOF (at character 9)'],
  ],
  [
    'CEL with integers',
    `${API}  a:\n    amount: args.cents / 100\n`,
    ['6:13: not a CEL expression over args: numbers of JSON are doubles: write 100.0 instead of 100'],
  ],
  [
    'an amount that is none',
    `${API}  a: { amount: "args.x == 1.0" }\n`,
    ['5:16: an amount is a number, this expression gives bool'],
  ],
  [
    'CEL over what is not there yet',
    `${API}  a: { subject: "result.id" }\n`,
    ['5:17: not a CEL expression over args: Unknown variable: result (at character 1)'],
  ],
  [
    'CEL of the undoing arguments',
    `${API}  a: { reversible: { by: api.b, args: { id: "rslt.id" } } }\n  b: {}\n`,
    ['5:45: not a CEL expression over args and result: Unknown variable: rslt (at character 1)'],
  ],
  [
    'an undo of nothing',
    `${API}  cancel: {}\n  a: { reversible: { by: api.cancle } }\n`,
    ['6:26: ToolServer api declares no tool "cancle"; did you mean "cancel"?'],
  ],
  [
    'an undo nowhere',
    `${API}  a: { reversible: { by: apy.b } }\n`,
    ['5:26: there is no ToolServer "apy"; did you mean "api"?'],
  ],
  [
    'undos in a circle',
    `${API}  a: { reversible: { by: api.b } }\n  b: { reversible: { by: api.a } }\n`,
    [
      '5:26: a circle of undoing: api.a -> api.b -> api.a; leave reversible out at one of them',
      '6:26: a circle of undoing: api.b -> api.a -> api.b; leave reversible out at one of them',
    ],
  ],
  [
    'a missing secret',
    'kind: ToolServer\nname: t\ntransport: { stdio: [x] }\ncredential: gone\n',
    ['4:13: there is no Secret "gone"'],
  ],
  [
    'a missing provider secret',
    'kind: Workspace\nname: w\nproviders: { openai: { credential: gone } }\n',
    ['3:36: there is no Secret "gone"'],
  ],
  [
    'a missing target secret',
    'kind: Model\nname: m\ntargets:\n  - { provider: openai, model: x, credential: gone }\n',
    ['4:47: there is no Secret "gone"'],
  ],
  [
    'a budget of nobody',
    'kind: Budget\nname: b\nfor: { agent: gone }\ncaps: [{ per: day, usd: 1 }]\n',
    ['3:15: there is no Agent "gone"'],
  ],
  [
    'guardrails of nobody',
    'kind: Guardrails\nname: g\nagents: [gone, "support-*"]\nchecks: [{ check: pii }]\n',
    ['3:10: there is no Agent "gone"', '3:16: no Agent\'s name starts with "support-"'],
  ],
  ['missing guardrails', `${AGENT}guardrails: [pii]\n`, ['5:14: there is no Guardrails "pii"']],
  [
    'a tool of no server',
    `${AGENT}tools: [apy.go]\n---\n${API}  go: {}\n`,
    ['5:9: "apy.go": there is no ToolServer "apy"; did you mean "api"?'],
  ],
  [
    'a tool that an API lacks',
    `${AGENT}tools: [api.og, "api.x*"]\n---\n${API}  go: {}\n`,
    ['5:9: ToolServer api declares no tool "og"; did you mean "go"?', '5:17: ToolServer api declares no tool "x*"'],
  ],
  [
    'a missing model',
    `${AGENT}models: [small, "sm*"]\n`,
    ['5:10: there is no Model "small"', '5:17: no Model\'s name starts with "sm"'],
  ],
  [
    'a model of no provider',
    `${AGENT}models: [openai/x]\n`,
    ['5:10: "openai/x": the Workspace has no provider "openai"; add it under providers, or name a Model'],
  ],
  [
    'a second object of a name',
    `${AGENT}---\n${AGENT}`,
    ['7:7: Agent "refund" exists already; the first is at f.yaml:2:7'],
  ],
  [
    'a second workspace',
    'kind: Workspace\nname: a\n---\nkind: Workspace\nname: b\n',
    ['5:7: a fleet describes one Workspace; the first is at f.yaml:2:7'],
  ],
  [
    'YAML that does not parse',
    'kind: Agent\nname: [a\n',
    ['3:1: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['a key given twice', `${AGENT}name: x\n`, ['5:1: YAML: Map keys must be unique']],
  ['an unknown tag', 'kind: !x Agent\n', ['1:7: YAML: Unresolved tag: !x']],
  [
    'an alias to nothing',
    `${AGENT}tools: *x\n`,
    ['5:8: YAML: Unresolved alias (the anchor must be set before the alias): x'],
  ],
  ['a number that is none', `${AGENT}limits: { toolCallsPerRun: .inf }\n`, ['5:28: a number must be finite']],
  ['a prototype', `${AGENT}__proto__: { state: active }\n`, ['5:1: __proto__ is not a key']],
])('%s', async (_name, text, expected) => {
  expect(await problemsOf({ 'f.yaml': text })).toEqual(expected.map((problem) => `f.yaml:${problem}`));
});

test('an object with faults of its own is not called missing elsewhere', async () => {
  const agent = `${AGENT}models: [small]\ntools: [api.x]\nguardrails: [gone]\n`;
  expect(
    await problemsOf({ 'a.yaml': agent, 'b.yaml': 'kind: Model\nname: small\n---\nkind: ToolServer\nname: api\n' }),
  ).toEqual([
    'a.yaml:7:14: there is no Guardrails "gone"',
    'b.yaml:1:1: "targets" is missing: give a list',
    'b.yaml:4:1: "transport" is missing',
  ]);
});

test('problems of all files come sorted by place', async () => {
  const files = {
    'b.yaml': 'kind: X\n---\nkind: Y\n',
    'a.yaml': `${AGENT}state: on\nrisk: huge\n`,
    'c.yaml': 'a: [\n',
  };
  expect((await problemsOf(files)).map((line) => line.slice(0, 11))).toEqual([
    'a.yaml:5:8:',
    'a.yaml:6:7:',
    'b.yaml:1:7:',
    'b.yaml:3:7:',
    'c.yaml:2:1:',
  ]);
});

test('paths and kinds of file are checked', async () => {
  const path = 'a path is relative to the fleet directory, with / between its parts, such as agents/refund.yaml';
  expect(
    await problemsOf({
      '../x.yaml': '',
      '/etc/x.yaml': '',
      'a\\b.yaml': '',
      'x.cedar': '',
      'policies/a/b.cedar': '',
      'x.md': '',
    }),
  ).toEqual([
    `../x.yaml:1:1: ${path}`,
    `/etc/x.yaml:1:1: ${path}`,
    `a\\b.yaml:1:1: ${path}`,
    'policies/a/b.cedar:1:1: policies live in policies/, such as policies/refund.cedar',
    'x.cedar:1:1: policies live in policies/, such as policies/refund.cedar',
    'x.md:1:1: a fleet consists of .yaml, .yml and .cedar files',
  ]);
});

test('hostile YAML is refused, not expanded', async () => {
  const laughs = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}x]`),
  ].join('\n');
  expect(await problemsOf({ 'f.yaml': laughs })).toEqual([
    'f.yaml:1:1: YAML: Excessive alias count indicates a resource exhaustion attack',
  ]);
  expect((await problemsOf({ 'f.yaml': `${AGENT}x: ${'['.repeat(40)}${']'.repeat(40)}\n` }))[0]).toContain(
    'nested more than 32 levels deep',
  );
  expect((await problemsOf({ 'f.yaml': '['.repeat(100_000) }))[0]).toContain('f.yaml:1:');
  expect((await problemsOf({ 'f.yaml': 'x'.repeat(8 * 1024 * 1024 + 1) }))[0]).toContain(
    'a file has at most 8388608 bytes',
  );
  const many = await problemsOf({ 'f.yaml': 'kind: X\n---\n'.repeat(500) });
  expect([many.length, many.at(-1)]).toEqual([201, '.:1:1: and 300 more problems']);
});

test('the version depends on meaning alone: not on files, comments, order of keys, line ends', async () => {
  const model = 'kind: Model\nname: small\ntargets: [{ provider: a, model: b }]\n';
  const one = await compile({
    'all.yaml': `${AGENT}models: [small]\n---\n${model}`,
    'policies/p.cedar': 'permit();\n',
  });
  const two = await compile({
    'policies/p.cedar': 'permit();\r\n',
    'm/small.yml': `# a comment\nname: small\ntargets:\n  - model: "b"\n    provider: a\nkind: Model\n`,
    'a.yaml': `models: [small]\r\n${AGENT.replaceAll('\n', '\r\n')}`,
  });
  expect([one.problems, two.problems]).toEqual([[], []]);
  expect(two.fleet.version).toBe(one.fleet.version);
  expect(one.fleet.version).toMatch(/^sha256:[0-9a-f]{64}$/);
  const other = await compile({
    'all.yaml': `${AGENT}models: [small]\nrisk: low\n---\n${model}`,
    'policies/p.cedar': 'permit();\n',
  });
  expect(other.fleet.version).not.toBe(one.fleet.version);
});

test('an anchor may be shared within a document', async () => {
  const { fleet, problems } = await compile({ 'f.yaml': `${AGENT}budgets: [&cap { per: day, usd: 1 }, *cap]\n` });
  expect([problems, fleet.agents.get('refund')?.budgets.length]).toEqual([[], 2]);
});

test('a tool of an MCP server may be named without a declaration', async () => {
  const server =
    'kind: ToolServer\nname: mcp\ntransport: { http: "https://mcp.example.com" }\ntools:\n  pay: { reversible: { by: mcp.cancel } }\n';
  expect(await problemsOf({ 'team (one)/a.yaml': `${AGENT}tools: [mcp.list]\n---\n${server}` })).toEqual([]);
});

test('cases beside policies are no part of a fleet, and no fault of it', async () => {
  const fleet = { 'agents.yaml': AGENT };
  const [without, beside] = await Promise.all([
    compile(fleet),
    compile({ ...fleet, 'policies/refund.test.yaml': 'cases: []', 'policies/b.test.yml': ': not YAML' }),
  ]);
  expect(beside.problems).toEqual([]);
  expect(beside.fleet.version).toBe(without.fleet.version);
});
