import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, install } from '../cache.ts';
import { GATEWAY_CORE } from '../process/cores.ts';
import { freePort } from '../process/free-port.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import { untilReady } from '../process/ready.ts';
import type { Arm } from './arm.ts';
import { chatTarget } from './chat-request.ts';

const VERSION = '1.100.5';
const INSTALL_MS = 400_000;
const READY_MS = 90_000;

export const litellm: Arm = {
  name: 'litellm',
  title: `LiteLLM proxy ${VERSION}, one worker, no key`,
  async start(upstream) {
    const directory = cacheDirectory(`litellm-${VERSION}`);
    const command = installed(directory);
    const port = await freePort();
    const config = join(directory, `config-${port}.json`);
    writeFileSync(config, JSON.stringify(configuration(upstream.port)));
    const child = new PinnedProcess({
      name: 'litellm',
      command,
      args: [
        '--config',
        config,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--num_workers',
        '1',
        '--telemetry',
        'False',
      ],
      core: GATEWAY_CORE,
      cwd: directory,
      // Everything it would otherwise look up on the internet at start.
      env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', NO_DOCS: 'True', LITELLM_MODE: 'PRODUCTION' },
    });
    await untilReady(child, `http://127.0.0.1:${port}/health/liveliness`, READY_MS);
    return {
      name: 'litellm',
      title: litellm.title,
      chat: chatTarget(port),
      process: child,
      stop: () => child[Symbol.asyncDispose](),
    };
  },
};

/** YAML takes JSON. */
function configuration(upstreamPort: number): object {
  return {
    model_list: [
      {
        model_name: 'mock-small',
        litellm_params: {
          model: 'openai/mock-small',
          api_base: `http://127.0.0.1:${upstreamPort}/v1`,
          api_key: 'sk-bench',
        },
      },
    ],
    litellm_settings: { set_verbose: false, telemetry: false },
  };
}

function installed(directory: string): string {
  const command = join(directory, 'venv/bin/litellm');
  const done = join(directory, 'installed');
  if (existsSync(done)) return command;
  install('python3', ['-m', 'venv', 'venv'], { cwd: directory, timeoutMs: INSTALL_MS });
  install(join(directory, 'venv/bin/pip'), ['install', '--quiet', `litellm[proxy]==${VERSION}`], {
    cwd: directory,
    timeoutMs: INSTALL_MS,
  });
  writeFileSync(done, '');
  return command;
}
