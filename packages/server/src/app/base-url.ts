import { isIP, type Server } from 'node:net';
import type { Config } from '../config/index.ts';

/** Where clients and people reach this server. */
export function baseUrl(config: Config, server: Server): string {
  if (config.publicUrl !== '') return config.publicUrl.replace(/\/+$/, '');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return `http://${isIP(config.host) === 6 ? `[${config.host}]` : config.host}:${port}`;
}
