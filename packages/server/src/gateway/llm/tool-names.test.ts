import type { Agent } from '@reeve/contracts';
import { expect, it } from 'vitest';
import type { Fleet } from '../../registry/index.ts';
import { ToolNames } from './tool-names.ts';

const server = (name: string, ...tools: string[]) =>
  [name, { name, tools: Object.fromEntries(tools.map((tool) => [tool, {}])) }] as const;
const fleet = {
  workspace: 'default',
  toolServers: new Map([
    server('mail', 'send', 'read-inbox'),
    server('web', 'fetch', 'search'),
    server('files', 'search', 'mail_send'),
    server('other', 'pay'),
  ]),
} as unknown as Fleet;
const agent = { name: 'a' } as Agent;

function names(known: Record<string, string[]> = {}, clock = { now: 0 }) {
  return new ToolNames({
    boundsInclude: (_workspace, name, tool) => name === 'a' && !tool.startsWith('other.'),
    knownTools: (_workspace, name) => known[name] ?? [],
    now: () => clock.now,
  });
}

it.each([
  ['web.fetch', 'web.fetch'],
  ['web_fetch', 'web.fetch'],
  ['fetch', 'web.fetch'],
  ['mcp__web__fetch', 'web.fetch'],
  ['read-inbox', 'mail.read-inbox'],
  // Two tools have that name, or a bare name is another's full one.
  ['search', undefined],
  ['mail_send', undefined],
  ['send', 'mail.send'],
  // Not the agent's.
  ['pay', undefined],
  ['other.pay', undefined],
  ['my_fetch', undefined],
  ['', undefined],
])('%s means %s', (name, tool) => {
  expect(names().of(fleet, agent, name)).toBe(tool);
});

it('learns of tools that a server was seen to offer later', () => {
  const known: Record<string, string[]> = {};
  const clock = { now: 0 };
  const all = names(known, clock);
  expect(all.of(fleet, agent, 'web_crawl')).toBeUndefined();
  known.web = ['crawl'];
  clock.now = 60_000;
  expect(all.of(fleet, agent, 'web_crawl')).toBe('web.crawl');
});
