import { type Agent, type ToolServer, toolServerSchema } from '@reeve/contracts';
import { expect, it } from 'vitest';
import type { Fleet } from '../../registry/index.ts';
import { argumentFault } from '../tools/index.ts';
import { LocalTools } from './local-tools.ts';

const agent = { name: 'clerk' } as Agent;
const checker = { check: (_: string, __: object, args: object) => ('to' in args ? undefined : 'to is missing') };
const tools = new LocalTools({
  checker,
  boundsInclude: (workspace, name) => workspace === 'default' && name === 'clerk',
});

function server(more: object = {}): ToolServer {
  const declared = { pay: { effect: 'pay', destination: 'args.to' } };
  return toolServerSchema.parse({
    kind: 'ToolServer',
    name: 'bank',
    transport: { local: true },
    tools: declared,
    ...more,
  });
}

function fleet(bank: ToolServer, workspace = 'default'): Fleet {
  return { workspace, toolServers: new Map([[bank.name, bank]]) } as unknown as Fleet;
}

const call = (args: object = { to: 'acme' }) => tools.operation(server(), 'pay', args as Record<string, unknown>);

it('has what is declared and nothing else', () => {
  expect(call()).toBeDefined();
  for (const name of ['gone', 'toString', '__proto__']) expect(tools.operation(server(), name, {})).toBeUndefined();
});

it('executes nothing: who may call it hears how, whoever may not hears that there is no such tool', () => {
  expect(() => call()?.resolve(fleet(server()), agent)).toThrow('guard()');
  expect(() => call()?.resolve(fleet(server()), { ...agent, name: 'other' })).toThrow('No tool of this name');
  expect(() => call()?.resolve(fleet(server(), 'other'), agent)).toThrow('No tool of this name');
  expect(() => call()?.advised?.().resolve(fleet(server(), 'other'), agent)).toThrow('No tool of this name');
});

it('is judged by its declaration where the agent runs it itself', async () => {
  const advised = call()?.advised?.();
  const target = await advised?.resolve(fleet(server()), agent);
  expect(target).toMatchObject({ name: 'bank.pay', effect: 'pay', grade: 'advised', destination: 'acme' });
  expect(() => advised?.execute({} as never, { inspectOutput: false })).toThrow('guard()');
});

it('arguments that an approver edits are checked', async () => {
  const finder = { find: (_: Fleet, __: string, args: Record<string, unknown>) => call(args) };
  const fault = (args: Record<string, unknown>) =>
    argumentFault(finder, { fleet: fleet(server()), agent, tool: 'bank.pay', args });
  expect([await fault({ to: 'acme' }), await fault({})]).toEqual([undefined, 'to is missing']);
});

it.each([
  ['a credential, which nobody would use', { credential: 'main' }, ['credential']],
  [
    'a request, which nobody would make',
    { tools: { pay: { request: { method: 'GET', path: '/' } } } },
    ['tools', 'pay', 'request'],
  ],
])('a fleet with %s is told', async (_, more, path) => {
  const { problems } = await tools.prepare(fleet(server(more)));
  expect(problems.map((problem) => problem.path)).toEqual([path]);
});
