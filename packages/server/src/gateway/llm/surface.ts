import type { ApiShape, Usage } from '@reeve/contracts';
import type { Conversation, Message } from '../../flows/index.ts';
import type { JsonEdit } from './json-edit.ts';
import type { JsonObject } from './json-object.ts';
import type { TextAt } from './text-parts.ts';

/** What Reeve reads of a request. Everything else stays the caller's bytes. */
export interface ModelRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The output limit the caller set, for one choice. */
  readonly maxOutputTokens: number | undefined;
  readonly choices: number;
  /** Output that may be billed beyond the limit, e.g. rejected predictions. */
  readonly extraOutputTokens: number;
}

/** What the path of a request says, where the body does not. */
export interface PathFacts {
  readonly model?: string;
  readonly stream?: boolean;
}

/** The target, as far as a body depends on it. */
export interface BodyTarget {
  readonly provider: string;
  readonly model: string;
}

/** One endpoint of a provider API: everything that differs between endpoints, and nothing that does not. */
export interface Surface {
  /** For records: `openai.chat`. */
  readonly name: string;
  readonly shape: ApiShape;
  /** Whether it makes the model generate, so that output is limited and billed. */
  readonly generates: boolean;
  /** Whether the provider bills it at all. */
  readonly billed: boolean;
  /** Below the target's base address. */
  upstreamPath(model: string, stream: boolean): string;
  /** Throws ReeveError `invalid_request`. */
  readRequest(body: JsonObject, path: PathFacts): ModelRequest;
  /** Why the request asks for something that would happen out of Reeve's sight, or undefined. */
  ungoverned(body: JsonObject): string | undefined;
  requestTexts(body: JsonObject): TextAt[];
  /** Changes that the body needs for this target. `limit` is the output limit to set, where the caller set none. */
  requestEdits(body: JsonObject, request: ModelRequest, target: BodyTarget, limit: number | undefined): JsonEdit[];
  /** Usage in a whole reply, or undefined where there is none. */
  usage(reply: JsonObject): Usage | undefined;
  replyTexts(reply: JsonObject): TextAt[];
  openStream(body: JsonObject): StreamReader;
  /** Who said what in a request, or undefined where no model is asked. */
  conversation(body: JsonObject): Conversation | undefined;
  /** Where the API can go on from an earlier reply: the id of that reply, as a request and as the reply itself say it. */
  continues?(body: JsonObject): string | undefined;
  replyId?(reply: JsonObject): string | undefined;
  /** What a reply adds to the conversation; several where the model was asked for alternatives. */
  answers(reply: JsonObject): readonly (readonly Message[])[];
}

/** Reads the events of one streamed reply, in order. */
export interface StreamReader {
  /** One event. Answers whether the caller should not see it, because only Reeve asked for it. */
  read(event: JsonObject, name: string | undefined): 'pass' | 'drop';
  /** The end marker that some APIs send beside their events. */
  done(): void;
  /** Text that this event adds. */
  texts(event: JsonObject, name: string | undefined): TextAt[];
  /** The last usage seen. */
  readonly usage: Usage | undefined;
  /** What is known of the input so far, where the API says it early. */
  readonly inputUsage?: Usage | undefined;
  /** Characters of output seen so far, to estimate tokens where the stream is cut. */
  readonly outputLength: number;
  /** Whether the provider's end marker was seen: a stream that ends without it was cut. */
  readonly complete: boolean;
  /** The whole reply as the events so far add up to; undefined where it is too long to be kept. */
  reply(): JsonObject | undefined;
  /** The provider's own error, where the stream carried one. */
  readonly error: string | undefined;
}
