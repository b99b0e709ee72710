import type { NanoUsd, Usage } from '@reeve/contracts';
import {
  type OutboundClient,
  type OutboundResponse,
  outboundFailure,
  ReeveError,
  readBody,
  toReeveError,
} from '../../lib/index.ts';
import type { StreamReply, StreamSink } from '../action.ts';
import { answerOf } from './answer-of.ts';
import type { Attempt } from './attempts.ts';
import { EventStream } from './event-stream.ts';
import { asObject, asString, type JsonObject, parseUpstreamObject } from './json-object.ts';
import type { ModelInput } from './model-operation.ts';
import type { StreamReader } from './surface.ts';
import type { Target } from './target.ts';
import { replyHeaders, requestHeaders } from './upstream-headers.ts';
import { wholeReply } from './whole-reply.ts';

const MAX_REPLY_BYTES = 64 * 1024 * 1024;
const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  source: 'reported',
};

export interface UpstreamCallParts {
  readonly input: ModelInput;
  readonly outbound: OutboundClient;
  readonly body: JsonObject;
  readonly stream: boolean;
  readonly inspect: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What Reeve itself says of a streamed action. */
  readonly streamHeaders: Readonly<Record<string, string>>;
  bytesFor(target: Target): Buffer;
  secretFor(target: Target): string | undefined;
  price(target: Target, usage: Usage): NanoUsd | undefined;
  estimate(outputLength: number, known: Usage | undefined): Usage;
  /** What a request that was sent and never answered may have cost. */
  lost(target: Target): NanoUsd;
}

/** Sends one request to one target after another, and reads what comes back. */
export class UpstreamCall {
  readonly #parts: UpstreamCallParts;
  /** The target that got a request and has not answered it. */
  unanswered: Target | undefined;
  /** What earlier attempts may have cost that got a request and did not answer it. */
  lostNanoUsd: NanoUsd = 0;

  constructor(parts: UpstreamCallParts) {
    this.#parts = parts;
  }

  async send(target: Target, attempt: number): Promise<Attempt> {
    const { input, stream } = this.#parts;
    const secret = this.#parts.secretFor(target);
    if (this.unanswered !== undefined) this.lostNanoUsd += this.#parts.lost(this.unanswered);
    this.unanswered = undefined;
    try {
      const body = this.#parts.bytesFor(target);
      this.unanswered = target;
      const response = await this.#parts.outbound.send({
        url: target.urlOf(input.surface.upstreamPath(target.model, stream)),
        method: 'POST',
        headers: requestHeaders(target.shape, input.headers, secret, stream),
        body,
        address: 'operator',
        signal: this.#parts.signal,
        headTimeoutMs: this.#parts.timeoutMs,
        idleTimeoutMs: this.#parts.timeoutMs,
      });
      const ended = await this.#read(target, response, attempt);
      this.unanswered = undefined;
      return ended;
    } catch (thrown) {
      const error = toReeveError(thrown);
      if (outboundFailure(error) === 'connect') this.unanswered = undefined;
      if (error.code === 'internal' || this.#parts.signal.aborted) throw thrown;
      return { kind: 'broken', error };
    }
  }

  #read(target: Target, response: OutboundResponse, attempt: number): Promise<Attempt> {
    const ok = response.status >= 200 && response.status < 300;
    if (ok && this.#parts.stream && isEventStream(response)) return this.#openStream(target, response, attempt);
    return this.#readWhole(target, response, attempt, ok);
  }

  async #readWhole(target: Target, response: OutboundResponse, attempt: number, ok: boolean): Promise<Attempt> {
    const { surface } = this.#parts.input;
    const body = await readBody(response, MAX_REPLY_BYTES);
    if (response.status === 401) throw credentialRefused(target);
    const json = parseUpstreamObject(body.toString('utf8'));
    const common = { surface, status: response.status, headers: replyHeaders(response.headers), body, json };
    const served = { servedBy: target.name, attempts: attempt };
    if (!ok) {
      const upstreamError = messageOf(json) ?? `${target.name} answered with status ${response.status}`;
      return {
        kind: 'refused',
        status: response.status,
        reply: wholeReply({ ...common, ...served, usage: NO_USAGE, costNanoUsd: this.lostNanoUsd, upstreamError }),
      };
    }
    if (json === undefined)
      throw new ReeveError('upstream_failed', `${target.name} did not answer with a JSON object`, {
        detail: { failure: 'body' },
      });
    const usage = this.#usageOf(json, body.length);
    return {
      kind: 'served',
      execution: wholeReply({ ...common, ...served, usage, costNanoUsd: this.#cost(target, usage) }),
    };
  }

  #cost(target: Target, usage: Usage): NanoUsd | undefined {
    const cost = this.#parts.price(target, usage);
    return cost === undefined ? undefined : cost + this.lostNanoUsd;
  }

  #usageOf(json: JsonObject, length: number): Usage {
    const { surface } = this.#parts.input;
    if (!surface.billed) return NO_USAGE;
    return surface.usage(json) ?? this.#parts.estimate(surface.generates ? length : 0, undefined);
  }

  async #openStream(target: Target, response: OutboundResponse, attempt: number): Promise<Attempt> {
    const events = new EventStream(
      response.body,
      this.#parts.input.surface.openStream(this.#parts.body),
      this.#parts.inspect,
    );
    try {
      await events.begin();
    } catch (error) {
      events.destroy();
      throw error;
    }
    if (events.reader.error !== undefined) {
      events.destroy();
      throw new ReeveError('upstream_failed', `${target.name}: ${events.reader.error}`, {
        detail: { failure: 'body' },
      });
    }
    return { kind: 'served', execution: this.#streamReply(target, response, attempt, events) };
  }

  #streamReply(target: Target, response: OutboundResponse, attempts: number, events: EventStream): StreamReply {
    const { reader } = events;
    return {
      kind: 'stream',
      status: response.status,
      headers: { ...replyHeaders(response.headers), 'cache-control': 'no-cache', ...this.#parts.streamHeaders },
      sink: passingErrors(this.#parts.input.sink, reader),
      chunks: events.chunks(),
      settled: () => {
        const usage = reader.usage ?? this.#parts.estimate(reader.outputLength, reader.inputUsage);
        const error = reader.error === undefined ? {} : { upstreamError: reader.error };
        return { usage, costNanoUsd: this.#cost(target, usage), servedBy: target.name, attempts, ...error };
      },
      answer: () => answerOf(this.#parts.input.surface, reader.reply()),
    };
  }
}

/** Where the provider's own error event reached the caller, no second one follows. */
function passingErrors(sink: StreamSink, reader: StreamReader): StreamSink {
  return {
    begin: (status, headers) => sink.begin(status, headers),
    write: (bytes) => sink.write(bytes),
    hold: (bytes) => sink.hold(bytes),
    end: (outcome) =>
      sink.end(reader.error !== undefined && outcome.kind === 'upstream_failed' ? { kind: 'succeeded' } : outcome),
  };
}

function isEventStream(response: OutboundResponse): boolean {
  const type = response.headers['content-type'];
  return typeof type === 'string' && type.startsWith('text/event-stream');
}

/** The provider's message may quote the key that it refused, so none of it is passed on. */
function credentialRefused(target: Target): ReeveError {
  return new ReeveError(
    'upstream_failed',
    `${target.name} refused the credential that Reeve holds for it; its operator must renew the secret`,
  );
}

function messageOf(json: JsonObject | undefined): string | undefined {
  return asString(asObject(json?.error)?.message)?.slice(0, 500);
}
