import { fileURLToPath } from 'node:url';
import { GATEWAY_CORE } from '../process/cores.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import type { Arm } from './arm.ts';
import { chatTarget } from './chat-request.ts';

const PROXY = fileURLToPath(new URL('./bare-proxy.ts', import.meta.url));

export const bare: Arm = {
  name: 'bare',
  title: 'bare fastify + undici proxy',
  async start(upstream) {
    const child = new PinnedProcess({
      name: 'bare proxy',
      command: process.execPath,
      args: [PROXY, `http://127.0.0.1:${upstream.port}`],
      core: GATEWAY_CORE,
      channel: true,
    });
    const port = (await child.ask()) as number;
    return {
      name: 'bare',
      title: bare.title,
      chat: chatTarget(port),
      process: child,
      stop: () => child[Symbol.asyncDispose](),
    };
  },
};
