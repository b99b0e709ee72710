import type { ToolServer } from '@reeve/contracts';
import { ReeveError } from '../../../lib/index.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { hiddenCharacters } from './definition-review.ts';
import type { CatalogueTool } from './tool-catalogue.ts';
import type { ToolDefinition } from './tool-definition.ts';
import { definitionHash, pinState, type ToolPin } from './tool-pin.ts';
import type { ToolPinStore } from './tool-pin-store.ts';
import { type ToolReview, toReview } from './tool-review.ts';

/** What the ledger is told. Rejects where it cannot take it; then nothing is pinned. */
export interface ToolPinRecorder {
  record(event: ToolPinEvent): Promise<void>;
}

export interface ToolPinEvent {
  readonly type: 'tool.pinned' | 'tool.drifted' | 'tool.approved';
  readonly workspace: string;
  readonly server: string;
  readonly tool: string;
  readonly definitionHash: string;
  readonly previousHash?: string;
  /** A person, `first-use`, or `server` where a definition changed by itself. */
  readonly by: string;
  /** Places with characters that people do not see. */
  readonly hidden: readonly string[];
}

/** Compares what servers say of their tools with what was approved. */
export class ToolPins {
  readonly #store: ToolPinStore;
  readonly #recorder: ToolPinRecorder;
  readonly #now: () => number;
  /** Names by workspace and server. */
  readonly #seen = new Map<string, Map<string, Set<string>>>();

  constructor(parts: { store: ToolPinStore; recorder: ToolPinRecorder; now: () => number }) {
    this.#store = parts.store;
    this.#recorder = parts.recorder;
    this.#now = parts.now;
  }

  /** Reads what earlier processes have seen. */
  async load(workspace: string): Promise<void> {
    for (const { server, tool } of await this.#store.names(workspace)) this.#remember(workspace, server, tool);
  }

  /** Names of tools that a server was seen to offer, as far as memory knows. */
  seenNames(workspace: string, server: string): Iterable<string> {
    return this.#seen.get(workspace)?.get(server) ?? [];
  }

  async compare(
    workspace: string,
    server: ToolServer,
    tools: readonly ToolDefinition[],
  ): Promise<ReadonlyMap<string, CatalogueTool>> {
    const before = new Map((await this.#store.ofServer(workspace, server.name)).map((pin) => [pin.tool, pin]));
    const seen = tools.map((definition) => this.#seenPin(workspace, server, definition, before.get(definition.name)));
    const fresh = seen.filter((pin) => !before.has(pin.tool));
    const changed = seen.filter((pin) => before.has(pin.tool) && before.get(pin.tool)?.seen.hash !== pin.seen.hash);
    await this.#announce(fresh, changed);
    await this.#store.add(fresh);
    await this.#store.see(changed);
    for (const { tool } of fresh) this.#remember(workspace, server.name, tool);
    // A replica may have been first with another definition: what is stored counts.
    const stored =
      fresh.length === 0
        ? undefined
        : new Map((await this.#store.ofServer(workspace, server.name)).map((pin) => [pin.tool, pin]));
    return new Map(
      tools.map((definition, index) => {
        const own = seen[index] as ToolPin;
        const pin = { ...own, pinned: stored?.get(definition.name)?.pinned ?? own.pinned };
        return [definition.name, { definition, hash: own.seen.hash, state: pinState(pin) }];
      }),
    );
  }

  async open(workspace: string): Promise<ToolReview[]> {
    return (await this.#store.open(workspace)).map(toReview);
  }

  async review(workspace: string, server: string, tool: string): Promise<ToolReview> {
    return toReview(await this.#known(workspace, server, tool));
  }

  /** @param seenHash what the reviewer read; another definition seen since is a conflict */
  async approve(workspace: string, server: string, tool: string, by: string, seenHash?: string): Promise<void> {
    const pin = await this.#known(workspace, server, tool);
    if (seenHash !== undefined && seenHash !== pin.seen.hash) throw changedMeanwhile();
    if (pinState(pin) === 'approved') return;
    await this.#recorder.record(toEvent('tool.approved', pin, by));
    if (!(await this.#store.approve(pin, by, this.#now()))) throw changedMeanwhile();
  }

  #remember(workspace: string, server: string, tool: string): void {
    const servers = this.#seen.get(workspace) ?? new Map<string, Set<string>>();
    this.#seen.set(workspace, servers.set(server, (servers.get(server) ?? new Set()).add(tool)));
  }

  #seenPin(workspace: string, server: ToolServer, definition: ToolDefinition, before: ToolPin | undefined): ToolPin {
    const hash = definitionHash(definition);
    if (before?.seen.hash === hash) return before;
    const seen = { hash, definition: canonicalJson(definition), atMs: this.#now() };
    if (before !== undefined) return { ...before, seen };
    // Text that people cannot see but models read is not approved by anybody who merely let the server in.
    const isPlain = hiddenCharacters(definition).length === 0;
    const pinned = server.pin === 'first-use' && isPlain ? { ...seen, by: 'first-use' } : undefined;
    return { workspace, server: server.name, tool: definition.name, pinned, seen };
  }

  async #announce(fresh: readonly ToolPin[], changed: readonly ToolPin[]): Promise<void> {
    const events = [
      ...fresh.filter((pin) => pin.pinned !== undefined).map((pin) => toEvent('tool.pinned', pin, 'first-use')),
      ...changed.filter((pin) => pinState(pin) === 'drifted').map((pin) => toEvent('tool.drifted', pin, 'server')),
    ];
    await Promise.all(events.map((event) => this.#recorder.record(event)));
  }

  async #known(workspace: string, server: string, tool: string): Promise<ToolPin> {
    const pin = await this.#store.one(workspace, server, tool);
    if (pin === undefined) throw new ReeveError('not_found', `no tool ${server}.${tool} was seen yet`);
    return pin;
  }
}

function toEvent(type: ToolPinEvent['type'], pin: ToolPin, by: string): ToolPinEvent {
  const { workspace, server, tool, seen, pinned } = pin;
  return {
    type,
    workspace,
    server,
    tool,
    definitionHash: seen.hash,
    ...(pinned === undefined || pinned.hash === seen.hash ? {} : { previousHash: pinned.hash }),
    by,
    hidden: hiddenCharacters(JSON.parse(seen.definition)),
  };
}

function changedMeanwhile(): ReeveError {
  return new ReeveError('conflict', 'the server has changed the definition since it was read; review it again');
}
