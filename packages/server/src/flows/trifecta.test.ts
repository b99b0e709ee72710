import { type Agent, type ToolServer, toolServerSchema } from '@reeve/contracts';
import { expect, it } from 'vitest';
import type { Fleet } from '../registry/index.ts';
import { trifectaOf } from './trifecta.ts';

const server = (name: string, tools: object, trust = 'trusted'): [string, ToolServer] => [
  name,
  toolServerSchema.parse({ kind: 'ToolServer', name, trust, transport: { http: 'https://mcp.example.com' }, tools }),
];

const fleet = {
  toolServers: new Map([
    server('crm', {
      read: { effect: 'read', labels: ['private:customers'] },
      note: { effect: 'write' },
      share: { effect: 'write', destination: 'args.to' },
    }),
    server('web', { fetch: { effect: 'read' }, about: { effect: 'read', trust: 'trusted' } }, 'untrusted'),
    server('mail', { send: { effect: 'send' }, drop: { effect: 'delete', destination: 'args.id' } }),
  ]),
} as unknown as Fleet;

const of = (...tools: string[]) => trifectaOf(fleet, { tools } as unknown as Agent);

it('names the tools that give an agent each of the three', () => {
  expect(of('crm.*', 'web.*', 'mail.send')).toEqual({
    privateData: ['crm.read'],
    untrustedContent: ['web.fetch'],
    externalCommunication: ['crm.share', 'mail.send'],
    complete: true,
  });
});

it.each([
  [['crm.read', 'web.fetch'], 0],
  [['crm.read', 'mail.send'], 0],
  [['web.fetch', 'mail.send'], 0],
  [['crm.note', 'web.fetch', 'crm.read', 'mail.drop'], 0],
  [['*'], 1],
  [['crm.re*', 'we*', 'mail.*'], 1],
  [[], 0],
])('%j has all three: %i', (tools, complete) => {
  expect(of(...tools).complete).toBe(complete === 1);
});

it('what nobody declared counts as a way out, and as untrusted where its server is', () => {
  expect(of('mail.forward').externalCommunication).toEqual(['mail.forward']);
  expect(of('web.post')).toMatchObject({ untrustedContent: ['web.post'], externalCommunication: ['web.post'] });
  const seen = trifectaOf(fleet, { tools: ['web.*'] } as unknown as Agent, (name) => (name === 'web' ? ['crawl'] : []));
  expect(seen).toMatchObject({
    untrustedContent: ['web.fetch', 'web.crawl'],
    externalCommunication: ['web.crawl'],
  });
});

it('names so many and no more', () => {
  const many = {
    toolServers: new Map([server('m', Object.fromEntries(names(50).map((name) => [name, { effect: 'send' }])))]),
  };
  expect(
    trifectaOf(many as unknown as Fleet, { tools: ['m.*'] } as unknown as Agent).externalCommunication,
  ).toHaveLength(20);
});

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `tool_${i}`);
}
