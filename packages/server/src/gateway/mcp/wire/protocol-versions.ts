/** Versions with an `initialize` handshake, newest first. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;
/** Spoken to upstreams that know nothing newer; never offered to clients. */
export const OLDEST_UPSTREAM_VERSION = '2024-11-05';
export const MODERN_VERSION = '2026-07-28';

export const SERVER_INFO = { name: 'reeve', title: 'Reeve', version: '0.1.0' } as const;

/** Keys of `_meta` that the specification reserves. */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  action: 'dev.reeve/action',
  decision: 'dev.reeve/decision',
} as const;

/** The extension that makes a long call a task. */
export const TASKS = 'io.modelcontextprotocol/tasks';

export function isLegacyVersion(version: string): boolean {
  return (LEGACY_VERSIONS as readonly string[]).includes(version);
}
