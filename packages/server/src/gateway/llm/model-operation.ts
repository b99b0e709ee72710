import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, NanoUsd, Usage } from '@reeve/contracts';
import type { Conversation } from '../../flows/index.ts';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { must, type OutboundClient, parseStrictJson, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type {
  DecidedAction,
  Execution,
  ExecutionPermit,
  ModelTargetRef,
  Operation,
  StreamSink,
  WorstCase,
} from '../action.ts';
import { tryTargets } from './attempts.ts';
import { chooseTargets } from './choose-targets.ts';
import { editJson } from './json-edit.ts';
import { asObject, type JsonObject } from './json-object.ts';
import type { ModelRouter, Resolved } from './model-router.ts';
import { costOf, worstCostOf } from './rates.ts';
import type { ModelRequest, PathFacts, Surface } from './surface.ts';
import type { Target } from './target.ts';
import { toJsonEdits, toParts } from './text-parts.ts';
import { maxInputTokens, maxOutputTokens } from './token-bound.ts';
import { type ToolNames, withTools } from './tool-names.ts';
import { UpstreamCall, type UpstreamCallParts } from './upstream-call.ts';
import { estimateUsage } from './usage-estimate.ts';

/** What operations ask of the rest of the server. */
export interface ModelPlane {
  readonly router: ModelRouter;
  readonly outbound: OutboundClient;
  readonly toolNames: Pick<ToolNames, 'of'>;
  /** The value of a Secret of the fleet. Throws ReeveError where it is not there. */
  secretValue(workspace: string, name: string): string;
  readonly now: () => number;
  readonly random: () => number;
}

export interface ModelInput {
  readonly surface: Surface;
  readonly path: PathFacts;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly sink: StreamSink;
}

interface Sending extends Pick<UpstreamCallParts, 'signal' | 'inspect' | 'streamHeaders'> {
  readonly workspace: string;
}

/** One call of a model API: from the caller's bytes to the provider's, and back. */
export class ModelOperation implements Operation {
  readonly #plane: ModelPlane;
  readonly #input: ModelInput;
  #bytes: Buffer;
  #parsed: JsonObject | undefined;
  #request: ModelRequest | undefined;
  #resolved: Resolved | undefined;
  #prepared: { readonly target: Target; readonly bytes: Buffer } | undefined;
  #call: UpstreamCall | undefined;
  #conversation: Conversation | undefined;
  /** Which tools names mean, once it is known whose. */
  #toolOf: ((name: string) => string | undefined) | undefined;

  constructor(plane: ModelPlane, input: ModelInput) {
    this.#plane = plane;
    this.#input = input;
    this.#bytes = input.bytes;
  }

  /** The body, read once. Throws `invalid_request`. */
  get body(): JsonObject {
    this.#parsed ??= readObject(this.#bytes);
    return this.#parsed;
  }

  resolve(fleet: Fleet, agent: Agent): ModelTargetRef {
    const { surface, path } = this.#input;
    const request = surface.readRequest(this.body, path);
    const resolved = this.#plane.router.resolve(fleet, agent, surface.shape, request.model);
    this.#request = request;
    this.#resolved = resolved;
    this.#toolOf = (name) => this.#plane.toolNames.of(fleet, agent, name);
    return {
      kind: 'model',
      name: resolved.route.name,
      surface: surface.name,
      effect: 'read',
      grade: resolved.targets.every((target) => target.credential !== undefined) ? 'executed' : 'proxied',
      worstCase: this.#worstCase(request, resolved),
    };
  }

  check(): string | undefined {
    return this.#input.surface.ungoverned(this.body);
  }

  parts(): readonly ContentPart[] {
    return toParts(this.#input.surface.requestTexts(this.body));
  }

  rewrite(edits: readonly ContentEdit[]): void {
    const places = toJsonEdits(this.#input.surface.requestTexts(this.body), edits);
    this.#bytes = editJson(this.#bytes, places);
    this.#parsed = undefined;
    this.#conversation = undefined;
    this.#prepared = undefined;
  }

  /** Total: undefined where the body cannot be read, which `resolve` refuses. */
  conversation(): Conversation | undefined {
    this.#conversation ??= this.#readConversation();
    const toolOf = this.#toolOf;
    return toolOf === undefined ? this.#conversation : withTools(this.#conversation, toolOf);
  }

  continues(): string | undefined {
    return this.#readable() ? this.#input.surface.continues?.(this.body) : undefined;
  }

  #readConversation(): Conversation | undefined {
    return this.#readable() ? this.#input.surface.conversation(this.body) : undefined;
  }

  #readable(): boolean {
    try {
      return this.body !== undefined;
    } catch {
      return false;
    }
  }

  payload(): Uint8Array {
    return this.#bytesFor(must(must(this.#resolved, 'a resolved route').targets[0], 'a target'));
  }

  execute(action: DecidedAction, permit: ExecutionPermit): Promise<Execution> {
    return this.#send({
      workspace: action.identity.workspace,
      signal: action.signal,
      inspect: permit.inspectOutput,
      streamHeaders: {
        'x-reeve-action': action.id,
        'x-reeve-run': action.run.name,
        'x-reeve-decision': action.decision.verdict,
      },
    });
  }

  /** A question of Reeve's own: it stands for no action. */
  ask(workspace: string, signal: AbortSignal): Promise<Execution> {
    return this.#send({ workspace, signal, inspect: false, streamHeaders: {} });
  }

  async #send(sending: Sending): Promise<Execution> {
    const { route, targets } = must(this.#resolved, 'a resolved route');
    const { workspace, ...how } = sending;
    const call = new UpstreamCall({
      ...how,
      input: this.#input,
      outbound: this.#plane.outbound,
      body: this.body,
      stream: must(this.#request, 'a request').stream,
      timeoutMs: route.timeoutMs,
      bytesFor: (target) => this.#bytesFor(target),
      secretFor: (target) =>
        target.credential === undefined ? undefined : this.#plane.secretValue(workspace, target.credential),
      price: (target, usage) => this.#price(target, usage),
      estimate: (outputLength, known) => this.#estimate(outputLength, known),
      lost: (target) => this.#price(target, this.#unansweredUsage()) ?? 0,
    });
    this.#call = call;
    return await tryTargets({
      route,
      targets: chooseTargets(route, targets, this.#plane.now(), this.#plane.random),
      signal: sending.signal,
      now: this.#plane.now,
      send: (target, attempt) => call.send(target, attempt),
    });
  }

  /** What an execution that threw may have cost: a request that was sent and not answered is billed by most providers. */
  spent(): { readonly usage: Usage | undefined; readonly costNanoUsd: NanoUsd | undefined } | undefined {
    const call = this.#call;
    if (call?.unanswered === undefined) return call && { usage: undefined, costNanoUsd: call.lostNanoUsd };
    const usage = this.#unansweredUsage();
    const cost = this.#price(call.unanswered, usage);
    return { usage, costNanoUsd: cost === undefined ? undefined : cost + call.lostNanoUsd };
  }

  /** Nobody knows how far the model got: it may have gone to the limit. */
  #unansweredUsage(): Usage {
    return this.#estimate(Number.POSITIVE_INFINITY, undefined);
  }

  #bytesFor(target: Target): Buffer {
    if (this.#prepared?.target === target) return this.#prepared.bytes;
    const { surface } = this.#input;
    const request = must(this.#request, 'a request');
    const limit = surface.generates && request.maxOutputTokens === undefined ? this.#limit() : undefined;
    const bytes = editJson(this.#bytes, surface.requestEdits(this.body, request, target, limit));
    this.#prepared = { target, bytes };
    return bytes;
  }

  #limit(): number {
    return must(this.#resolved, 'a resolved route').route.maxOutputTokens;
  }

  #worstCase(request: ModelRequest, resolved: Resolved): WorstCase {
    if (!this.#input.surface.billed) return { nanoUsd: 0, tokens: 0 };
    const input = maxInputTokens(this.#bytes, this.body);
    const output = this.#maxOutput(request, resolved.route.maxOutputTokens);
    let nanoUsd: NanoUsd | undefined = 0;
    for (const target of resolved.targets) {
      const rates = target.price.at(this.#plane.now());
      if (rates === undefined || (output > 0 && !rates.pricesOutput)) nanoUsd = undefined;
      else if (nanoUsd !== undefined) nanoUsd = Math.max(nanoUsd, saturated(worstCostOf(input, output, rates)));
    }
    return { nanoUsd, tokens: saturated(input + output) };
  }

  #maxOutput(request: ModelRequest, limit: number): number {
    return this.#input.surface.generates ? maxOutputTokens(request, limit) : 0;
  }

  #price(target: Target, usage: Usage): NanoUsd | undefined {
    if (!this.#input.surface.billed) return 0;
    const rates = target.price.at(this.#plane.now());
    return rates === undefined || (usage.outputTokens > 0 && !rates.pricesOutput)
      ? undefined
      : saturated(costOf(usage, rates));
  }

  #estimate(outputLength: number, known: Usage | undefined): Usage {
    const max = this.#maxOutput(must(this.#request, 'a request'), this.#limit());
    return estimateUsage({ requestBytes: this.#bytes.length, outputLength, maxOutputTokens: max }, known);
  }
}

/** Beyond what integers hold, more is only more than any cap. */
function saturated(amount: number): number {
  return Math.min(amount, Number.MAX_SAFE_INTEGER);
}

function readObject(bytes: Buffer): JsonObject {
  const body = asObject(parseStrictJson(bytes));
  if (body === undefined) throw new ReeveError('invalid_request', 'the body must be a JSON object');
  return body;
}
