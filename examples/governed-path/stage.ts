import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelProvider, type Reeve, startModelProvider, startReeve } from '@reeve/testkit';

/** Everything that the story needs: Reeve, a provider that answers by rule, and a directory of files behind an MCP server. */
export interface Stage extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly provider: ModelProvider;
  readonly files: string;
}

export const PROVIDER_KEY = 'provider-key-that-no-agent-knows';
const here = import.meta.dirname;
const SERVER = join(here, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');

export async function setStage(): Promise<Stage> {
  const files = realpathSync(mkdtempSync(join(tmpdir(), 'governed-path-')));
  mkdirSync(join(files, 'notes'));
  writeFileSync(join(files, 'refunds.txt'), 'Refunds are paid within five days.');
  const provider = await startModelProvider({ apiKey: PROVIDER_KEY });
  const fleet = readFileSync(join(here, 'fleet/fleet.yaml'), 'utf8')
    .replaceAll('PROVIDER/v1', `${provider.url}/v1`)
    .replaceAll('"PROVIDER"', `"${provider.url}"`)
    .replaceAll('stdio: FILES', `stdio: ${JSON.stringify([process.execPath, SERVER, files])}`);
  const reeve = await startReeve({
    fleet: {
      'fleet.yaml': fleet,
      'policies/clerk.cedar': readFileSync(join(here, 'fleet/policies/clerk.cedar'), 'utf8'),
    },
    environment: { PROVIDER_KEY },
  });
  return {
    reeve,
    provider,
    files,
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await provider.close();
      rmSync(files, { recursive: true, force: true });
    },
  };
}
