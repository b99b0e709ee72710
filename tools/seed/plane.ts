import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReeveClient } from '@reeve/sdk';

export interface Call {
  readonly agent: string;
  readonly run?: string;
  readonly parentRun?: string;
  readonly feature?: string;
  readonly user?: string;
}

/** The data plane as agents see it, with a key for each of them. */
export interface Plane {
  chat(call: Call, text: string): Promise<number>;
  act(call: Call, tool: string, args: object): Promise<number>;
  /** A call with a key that nobody issued. */
  stranger(key: string): Promise<number>;
}

const URL_BASE = process.env.REEVE_URL ?? 'http://127.0.0.1:7373';
const DATA = process.env.REEVE_DATA ?? '.reeve';

export async function connect(): Promise<Plane> {
  const file = join(DATA, 'admin-token');
  if (!existsSync(file))
    throw new Error(`no server was started in ${DATA}: run npm start first, or set REEVE_DATA and REEVE_URL`);
  const admin = new ReeveClient({ url: URL_BASE, token: readFileSync(file, 'utf8').trim() });
  const keys = new Map<string, string>();
  const keyOf = async (agent: string): Promise<string> => {
    const known = keys.get(agent);
    if (known !== undefined) return known;
    const { key } = await admin.call('keys.create', { body: { agent, note: 'seed', expiresIn: '1h' } });
    keys.set(agent, key);
    return key;
  };
  return {
    chat: async (call, text) =>
      send('/v1/chat/completions', await keyOf(call.agent), call, {
        model: 'small',
        messages: [{ role: 'user', content: text }],
      }),
    act: async (call, tool, args) => send('/actions', await keyOf(call.agent), call, { tool, args }),
    stranger: (key) => send('/v1/chat/completions', key, { agent: '' }, { model: 'small', messages: [] }),
  };
}

async function send(path: string, key: string, call: Call, body: object): Promise<number> {
  const tags = {
    'x-reeve-run': call.run,
    'x-reeve-parent-run': call.parentRun,
    'x-reeve-feature': call.feature,
    'x-reeve-user': call.user,
  };
  const headers = Object.entries(tags).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const response = await fetch(new URL(path, URL_BASE), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...Object.fromEntries(headers) },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}
