// `npm start`: the control plane with the quickstart fleet and a simulated model provider, on this machine alone.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReeveClient } from '@reeve/sdk';
import { serve } from '@reeve/server';
import { startModelProvider } from '@reeve/testkit';

const PROVIDER_PORT = 7374;
const OWNER_ONLY = 0o600;
const AGENT = 'helper';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
process.env.SIM_API_KEY ??= 'sim-key-of-the-quickstart';
process.env.REEVE_LOG_LEVEL ??= 'warn';

const flags = readFlags(process.argv.slice(2));
const provider = await startModelProvider({ port: PROVIDER_PORT, apiKey: process.env.SIM_API_KEY }).catch(
  (error: unknown) => {
    process.stderr.write(
      `reeve: the simulated provider cannot listen on port ${PROVIDER_PORT}: ${(error as Error).message}\n`,
    );
    process.exit(1);
  },
);
const server = await serve({ fleet: 'examples/quickstart/fleet', ...flags });
process.once('beforeExit', () => void provider.close());
printWelcome(await firstKey(), server.url);

/** One key for the quickstart agent, kept owner-only beside the database, so that a second start prints the same. */
async function firstKey(): Promise<string> {
  const file = join(server.dataDirectory, 'quickstart-key');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept !== '' && (await isValid(kept))) return kept;
  const admin = new ReeveClient({
    url: server.url,
    token: readFileSync(join(server.dataDirectory, 'admin-token'), 'utf8').trim(),
  });
  const { key } = await admin.call('keys.create', { body: { agent: AGENT, note: 'quickstart' } });
  writeFileSync(file, `${key}\n`, { mode: OWNER_ONLY });
  return key;
}

/** It may have expired, or been revoked. */
async function isValid(key: string): Promise<boolean> {
  const response = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return response.ok;
}

function printWelcome(key: string, url: string): void {
  process.stdout.write(`
Reeve is ready at ${url} (ready in ${Math.round(server.readyMs)} ms). Stop it with Ctrl-C.

A first key, of agent "${AGENT}":

  export REEVE_KEY=${key}

Three lines to try, in another terminal:

  curl -s ${url}/v1/chat/completions -H "authorization: Bearer $REEVE_KEY" -H 'content-type: application/json' -H 'x-reeve-run: hello' -d '{"model":"small","messages":[{"role":"user","content":"Say hello"}]}'
  curl -s ${url}/actions -H "authorization: Bearer $REEVE_KEY" -H 'content-type: application/json' -H 'x-reeve-run: hello' -d '{"tool":"files.write_file","args":{"path":"x.txt","content":"hi"}}'
  npm run -s reeve --${where(url)} runs show hello

The first is answered by a simulated model, the second is refused because nobody permitted this agent to write, the third shows both.
`);
}

/** Where the command finds this server, unless that is where it looks anyway. */
function where(url: string): string {
  const data = server.dataDirectory;
  return `${url === 'http://127.0.0.1:7373' ? '' : ` --url ${url}`}${data === '.reeve' ? '' : ` --data ${data}`}`;
}

function readFlags(args: readonly string[]): Record<string, string> {
  const read: Record<string, string> = {};
  for (let i = 0; i + 1 < args.length; i += 2) read[String(args[i]).replace(/^--/, '')] = String(args[i + 1]);
  return read;
}
