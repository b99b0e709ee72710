import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callTool } from '../mcp/raw-client.ts';
import { say, startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';
import { agent, type CorePlane, startCorePlane, statusAndCode } from './core-plane.ts';

let world: ToolWorld;
let plane: CorePlane;
let key: string;

const POLICIES = `permit (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"desk.pay");
forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"desk.pay") when { context.args.cents > 10000 };`;

/** Takes a regular expression engine that backtracks longer than anybody waits. */
const HANGS = { type: 'object', properties: { text: { type: 'string', pattern: '^(a|a)*$' } } };

beforeEach(async () => {
  world = await startToolWorld();
  world.offer('pay', () => say('paid'));
  world.offer('hang', () => say('never'), { inputSchema: HANGS });
  const desk = `---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
privateNetwork: true
tools: { pay: { effect: pay }, hang: { effect: read } }
`;
  plane = await startCorePlane({ fleet: `${agent('clerk', 'tools: ["desk.*"]')}${desk}`, policies: POLICIES });
  key = await plane.reeve.key('clerk');
});
afterEach(async () => {
  await Promise.resolve(plane[Symbol.asyncDispose]()).catch(() => {});
  await world[Symbol.asyncDispose]();
});

const call = (tool: string, args: object) =>
  callTool({ url: plane.reeve.url, key }, '/mcp', `desk.${tool}`, { ...args });

it('a policy that cannot be evaluated refuses the call', async () => {
  expect(JSON.stringify(await call('pay', { cents: 5 }))).toContain('paid');
  const before = world.calls.length;
  for (const args of [{}, { cents: 'many' }, { cents: null }]) {
    const { result } = await call('pay', args);
    expect(result?.isError).toBe(true);
    expect(JSON.stringify(result)).toMatch(/fail_closed|policy_denied/);
  }
  expect(world.calls.length).toBe(before);
  const { items } = await plane.reeve.admin.call('actions.list', { query: { target: 'desk.pay' } });
  expect(items.filter(({ code }) => code === 'fail_closed').length).toBeGreaterThan(0);
});

it('a schema that hangs refuses the call, and others are served meanwhile', async () => {
  const hanging = call('hang', { text: `${'a'.repeat(60)}!` });
  expect((await plane.chat(key)).status).toBe(200);
  expect(JSON.stringify((await hanging).result ?? (await hanging).error)).toMatch(/fail_closed|invalid_arguments/);
  expect(world.calls).toEqual([]);
});

it('without its database nothing is decided and nothing goes upstream', async () => {
  expect((await plane.chat(key)).status).toBe(200);
  for (const name of readdirSync(plane.reeve.data)) {
    if (/\.(db|sqlite)/.test(name)) rmSync(join(plane.reeve.data, name));
  }
  const before = plane.provider.count();
  for (const stream of [false, true]) {
    const [status, code] = await statusAndCode(await plane.chat(key, { stream }));
    expect([status, code]).toEqual([403, 'fail_closed']);
  }
  expect(JSON.stringify((await call('pay', { cents: 5 })).result)).toContain('fail_closed');
  expect(plane.provider.count()).toBe(before);
  expect(world.calls).toEqual([]);
});
