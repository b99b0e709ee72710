import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, install } from '../cache.ts';
import { GATEWAY_CORE } from '../process/cores.ts';
import { freePort } from '../process/free-port.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import { untilReady } from '../process/ready.ts';
import type { Arm } from './arm.ts';
import { chatTarget } from './chat-request.ts';

const VERSION = '1.15.2';
const INSTALL_MS = 180_000;
const READY_MS = 30_000;

/** The override is needed: with a newer adapter every streamed reply of this version fails. */
const PACKAGE = {
  name: 'reeve-bench-portkey',
  private: true,
  dependencies: { '@portkey-ai/gateway': VERSION },
  overrides: { '@hono/node-server': '1.13.5' },
};

export const portkey: Arm = {
  name: 'portkey',
  title: `@portkey-ai/gateway ${VERSION}, no governance`,
  async start(upstream) {
    const main = installed();
    const port = await freePort();
    const child = new PinnedProcess({
      name: 'portkey',
      command: process.execPath,
      args: [main, `--port=${port}`, '--headless'],
      core: GATEWAY_CORE,
      env: { NODE_ENV: 'production' },
    });
    await untilReady(child, `http://127.0.0.1:${port}/`, READY_MS);
    const headers = {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstream.port}/v1`,
    };
    return {
      name: 'portkey',
      title: portkey.title,
      chat: chatTarget(port, { headers: [headers] }),
      process: child,
      stop: () => child[Symbol.asyncDispose](),
    };
  },
};

function installed(): string {
  const directory = cacheDirectory(`portkey-${VERSION}`);
  const main = join(directory, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (existsSync(main)) return main;
  writeFileSync(join(directory, 'package.json'), JSON.stringify(PACKAGE));
  install('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    timeoutMs: INSTALL_MS,
  });
  return main;
}
