import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, install } from '../cache.ts';
import { GATEWAY_CORE } from '../process/cores.ts';
import { freePort } from '../process/free-port.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import { untilReady } from '../process/ready.ts';
import type { Arm } from './arm.ts';
import { chatTarget } from './chat-request.ts';

const PACKAGE = 'github.com/maximhq/bifrost/transports/bifrost-http';
const INSTALL_MS = 120_000;
const READY_MS = 30_000;

export const bifrost: Arm = {
  name: 'bifrost',
  title: 'Bifrost (Go), no governance',
  async start(upstream) {
    const directory = cacheDirectory('bifrost');
    const command = installed(directory);
    const port = await freePort();
    const app = join(directory, 'app');
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'config.json'), JSON.stringify(configuration(upstream.port)));
    const child = new PinnedProcess({
      name: 'bifrost',
      command,
      args: ['-host', '127.0.0.1', '-port', String(port), '-app-dir', app, '-log-level', 'error'],
      core: GATEWAY_CORE,
      env: { GOMAXPROCS: '1', BENCH_KEY: 'sk-bench' },
    });
    await untilReady(child, `http://127.0.0.1:${port}/health`, READY_MS);
    return {
      name: 'bifrost',
      title: bifrost.title,
      chat: chatTarget(port, { model: 'openai/mock-small' }),
      process: child,
      stop: () => child[Symbol.asyncDispose](),
    };
  },
};

function configuration(upstreamPort: number): object {
  return {
    client: { enable_logging: false, drop_excess_requests: false },
    providers: {
      openai: {
        keys: [{ name: 'bench', value: 'env.BENCH_KEY', models: ['mock-small'], weight: 1 }],
        network_config: { base_url: `http://127.0.0.1:${upstreamPort}` },
      },
    },
  };
}

/** From the module proxy alone: no source from elsewhere. */
function installed(directory: string): string {
  const command = join(directory, 'bifrost-http');
  if (!existsSync(command)) {
    const env = { GOBIN: directory, GOFLAGS: '-mod=mod' };
    install('go', ['install', `${PACKAGE}@latest`], { cwd: directory, timeoutMs: INSTALL_MS, env });
  }
  return command;
}
