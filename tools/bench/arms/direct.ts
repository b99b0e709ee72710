import type { Arm } from './arm.ts';
import { chatTarget } from './chat-request.ts';

/** No gateway: what the load generator and the mock can do by themselves on the other core. */
export const direct: Arm = {
  name: 'direct',
  title: 'direct (load generator to mock upstream)',
  start: async ({ port }) => ({
    name: 'direct',
    title: direct.title,
    chat: chatTarget(port),
    process: undefined,
    stop: async () => {},
  }),
};
