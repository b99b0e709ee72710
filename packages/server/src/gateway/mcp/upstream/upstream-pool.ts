import { createHash } from 'node:crypto';
import type { ToolServer } from '@reeve/contracts';
import { type OutboundClient, ReeveError } from '../../../lib/index.ts';
import { credentialEnv, credentialHeaders, lowerCased } from './credential-placement.ts';
import { connectHttpUpstream } from './http-upstream.ts';
import { connectStdioUpstream } from './stdio-upstream.ts';
import type { Upstream, UpstreamListener } from './upstream.ts';

export interface UpstreamPoolOptions {
  readonly outbound: OutboundClient;
  /** The value of a Secret, or undefined where it cannot be read. Never logged. */
  readonly secretValue: (workspace: string, name: string) => string | undefined;
  /** What a child process inherits, e.g. PATH and HOME. Nothing else of our environment reaches it. */
  readonly childEnvironment: Readonly<Record<string, string>>;
  readonly log: (event: { workspace: string; server: string; line: string }) => void;
  readonly now: () => number;
}

export type ListListener = (workspace: string, server: string, kind: 'tools' | 'resources' | 'prompts') => void;

const MAX_UPSTREAMS = 500;
/** After this a server once found to be legacy is asked again. */
const LEGACY_VERDICT_MS = 3_600_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;

interface Entry {
  readonly fingerprint: string;
  connecting: Promise<Upstream> | undefined;
  upstream: Upstream | undefined;
  verdict: { era: 'legacy' | 'modern'; atMs: number } | undefined;
  failures: number;
  notBeforeMs: number;
}

/** One connection, or one child process, per workspace, server and credential. */
export class UpstreamPool implements AsyncDisposable {
  readonly #options: UpstreamPoolOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #shapes = new WeakMap<ToolServer, string>();
  readonly #listeners: ListListener[] = [];
  #closed = false;

  constructor(options: UpstreamPoolOptions) {
    this.#options = options;
  }

  onListChanged(listener: ListListener): void {
    this.#listeners.push(listener);
  }

  async acquire(workspace: string, server: ToolServer): Promise<Upstream> {
    const credential = this.#credential(workspace, server);
    const entry = this.#entry(workspace, server, credential);
    if (entry.upstream?.alive === true) return entry.upstream;
    entry.connecting ??= this.#connect(workspace, server, credential, entry).finally(() => {
      entry.connecting = undefined;
    });
    return entry.connecting;
  }

  #entry(workspace: string, server: ToolServer, credential: string | undefined): Entry {
    const key = `${workspace}\n${server.name}`;
    const fingerprint = `${this.#shape(server)}\n${credential ?? ''}`;
    const known = this.#entries.get(key);
    if (known?.fingerprint === fingerprint) return known;
    if (this.#closed) throw new ReeveError('upstream_unavailable', 'the server is shutting down');
    if (known === undefined && this.#entries.size >= MAX_UPSTREAMS)
      throw new ReeveError('overloaded', 'too many tool servers are connected', { retryAfterSeconds: 10 });
    if (known !== undefined) void closeEntry(known);
    const entry: Entry = {
      fingerprint,
      connecting: undefined,
      upstream: undefined,
      verdict: undefined,
      failures: 0,
      notBeforeMs: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  async #connect(
    workspace: string,
    server: ToolServer,
    credential: string | undefined,
    entry: Entry,
  ): Promise<Upstream> {
    const now = this.#options.now();
    const died = entry.upstream !== undefined;
    if (now < entry.notBeforeMs)
      throw new ReeveError('upstream_unavailable', `tool server ${server.name} is out of service for now`, {
        retryAfterSeconds: Math.ceil((entry.notBeforeMs - now) / 1_000),
      });
    if (died) await closeEntry(entry);
    const known = entry.verdict;
    const knownEra =
      known !== undefined && (known.era === 'modern' || now - known.atMs < LEGACY_VERDICT_MS) ? known.era : undefined;
    try {
      const upstream = await this.#open(workspace, server, credential, knownEra);
      if (this.#closed || this.#entries.get(`${workspace}\n${server.name}`) !== entry) {
        await upstream[Symbol.asyncDispose]();
        throw new ReeveError('upstream_unavailable', `tool server ${server.name} was changed; call again`);
      }
      entry.upstream = upstream;
      entry.verdict = { era: upstream.info.era, atMs: now };
      // One that dies right after it started must not be started in a loop.
      entry.failures = died ? entry.failures + 1 : 0;
      entry.notBeforeMs = died ? now + backoffMs(entry.failures) : 0;
      return upstream;
    } catch (thrown) {
      entry.failures += 1;
      entry.notBeforeMs = now + backoffMs(entry.failures);
      entry.verdict = undefined;
      this.#options.log({ workspace, server: server.name, line: `cannot connect: ${(thrown as Error).message}` });
      throw new ReeveError('upstream_unavailable', `tool server ${server.name} cannot be reached`, {
        cause: thrown,
        retryAfterSeconds: Math.ceil(backoffMs(entry.failures) / 1_000),
      });
    }
  }

  #open(
    workspace: string,
    server: ToolServer,
    credential: string | undefined,
    knownEra: 'legacy' | 'modern' | undefined,
  ): Promise<Upstream> {
    const listener: UpstreamListener = {
      listChanged: (kind) => {
        for (const listen of this.#listeners) listen(workspace, server.name, kind);
      },
      log: (line) => this.#options.log({ workspace, server: server.name, line }),
    };
    const transport = server.transport;
    if ('http' in transport) {
      const headers = { ...lowerCased(transport.headers), ...credentialHeaders(server, credential) };
      return connectHttpUpstream({
        url: new URL(transport.http),
        headers,
        outbound: this.#options.outbound,
        listener,
        knownEra,
      });
    }
    if ('stdio' in transport) {
      const env = { ...this.#options.childEnvironment, ...transport.env, ...credentialEnv(server, credential) };
      return connectStdioUpstream({ argv: transport.stdio, cwd: transport.cwd, env, listener, knownEra });
    }
    throw new ReeveError('unknown_tool', `${server.name} is not an MCP server`);
  }

  #credential(workspace: string, server: ToolServer): string | undefined {
    if (server.credential === undefined) return undefined;
    const value = this.#options.secretValue(workspace, server.credential);
    if (value === undefined)
      throw new ReeveError('upstream_unavailable', `the credential of tool server ${server.name} cannot be read`);
    return value;
  }

  #shape(server: ToolServer): string {
    let shape = this.#shapes.get(server);
    if (shape === undefined) {
      const text = JSON.stringify([server.transport, server.credential, server.credentialAs]);
      shape = createHash('sha256').update(text).digest('base64');
      this.#shapes.set(server, shape);
    }
    return shape;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => closeEntry(entry)));
  }
}

async function closeEntry(entry: Entry): Promise<void> {
  const upstream = entry.upstream ?? (await entry.connecting?.catch(() => undefined));
  entry.upstream = undefined;
  await upstream?.[Symbol.asyncDispose]();
}

function backoffMs(failures: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10));
}
