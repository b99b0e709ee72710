import { randomBytes } from 'node:crypto';
import type { ActionId, RunId } from '@reeve/contracts';
import type { Conversation, Message } from '../flows/index.ts';
import { argsKey, type Called, isTelling, namesOf, plainName } from './run-joining-calls.ts';
import { type EvidenceKind, RunEvidence, type Sighting } from './run-joining-evidence.ts';
import { OpenAnswers } from './run-joining-open.ts';
import { Thread } from './run-joining-thread.ts';

/** A conversation that rested longer begins a new run. */
const CONVERSATION_WINDOW_MS = 2 * 60 * 60_000;
/** What a model proposed a moment before; long enough for an agent that asks its own user first. */
const PROPOSAL_WINDOW_MS = 30 * 60_000;
/** One MCP session may serve many conversations: which of them a call is about is told by the recent ones. */
const SESSION_WINDOW_MS = 30 * 60_000;
const MAX_CALLS = 64;

interface Who {
  readonly workspace: string;
  readonly agent: string;
  readonly atMs: number;
}

/** What is known of an action whose caller named no run. */
export interface JoinQuestion extends Who {
  readonly action: ActionId;
  readonly conversation?: Conversation | undefined;
  /** The reply that it says it goes on from. */
  readonly response?: string | undefined;
  readonly called?: Called | undefined;
  /** A connection that outlives the call. */
  readonly session?: string | undefined;
  readonly traceId?: string | undefined;
}

export type JoinEvidence = 'conversation' | 'response' | 'proposal' | 'trace';

/** `of` names the action that proves it. */
export type Join =
  | { readonly kind: 'joined'; readonly run: RunId; readonly by: JoinEvidence; readonly of: ActionId }
  /** It belongs to one of these, or to none. */
  | { readonly kind: 'uncertain'; readonly candidates: readonly RunId[] }
  | { readonly kind: 'alone' };

export interface Found {
  readonly join: Join;
  /** Of a model call: belongs in `answered`. */
  readonly thread: Thread | undefined;
}

type Answer = { readonly id: string | undefined; readonly alternatives: readonly (readonly Message[])[] };

/** A model call whose answer is on its way. */
export interface Answering extends Who {
  readonly action: ActionId;
  readonly run: RunId;
  /** What it said so far. */
  readonly answer: () => Answer | undefined;
}

export interface Answered extends Who {
  readonly action: ActionId;
  readonly run: RunId;
  readonly thread: Thread | undefined;
  readonly traceId?: string | undefined;
  /** Undefined where nobody got it, or it could not be read. */
  readonly answer: Answer | undefined;
}

const ALONE: Join = { kind: 'alone' };

/**
 * Which run does an action belong to whose caller named none? Answers by what can be proven of one agent's own traffic. INVARIANT:
 * every key holds the agent, and evidence is kept by workspace: nothing joins across them.
 */
export class RunJoiner {
  readonly #evidence = new RunEvidence();
  readonly #open = new OpenAnswers();
  /** Nobody outside can make texts whose keys meet. */
  readonly #secret = randomBytes(16).toString('base64url');

  find(question: JoinQuestion): Found {
    const thread = this.#threadOf(question);
    const traced = this.#byKey(question, 'trace', question.traceId, CONVERSATION_WINDOW_MS);
    if (traced.length === 1) return { join: joined(traced, 'trace'), thread };
    const asksModel = thread !== undefined || question.response !== undefined;
    const join = asksModel ? this.#ofModel(question, thread) : this.#ofTool(question);
    if (join.kind === 'joined') this.#bind(question, join.run);
    return { join, thread };
  }

  /** A stream begins: an agent may act on the first call in it before the last one is there. */
  answering(stream: Answering): void {
    this.#open.begin(ownerOf(stream), stream);
  }

  /** The agent has, or is about to get, this answer: what it does next may follow from it. */
  answered(answered: Answered): void {
    const { run, action, atMs, thread, traceId, answer } = answered;
    this.#open.end(ownerOf(answered), action);
    if (answer === undefined) return;
    const sighting = { run, action, atMs };
    if (traceId !== undefined) this.#remember(answered, 'trace', traceId, sighting);
    if (answer.id !== undefined) this.#remember(answered, 'response', answer.id, sighting);
    if (thread?.isTelling === true) {
      this.#remember(answered, 'opening', thread.end(), sighting);
      for (const messages of answer.alternatives)
        this.#remember(answered, 'conversation', thread.after(messages), sighting);
    }
    this.#propose(answered, answer, sighting);
  }

  #propose(who: Who, { alternatives }: Answer, sighting: Sighting): void {
    const calls = alternatives.flatMap((messages) => messages.flatMap((message) => message.calls ?? []));
    for (const call of calls.slice(0, MAX_CALLS)) {
      const args = argsKey(this.#secret, call.args);
      const name = plainName(call.name);
      if (args !== undefined) this.#remember(who, 'proposal', `${name} ${args}`, sighting);
      if (args !== undefined && isTelling(call.args)) this.#remember(who, 'args', args, sighting);
      this.#remember(who, 'tool', name, sighting);
    }
  }

  #ofModel(question: JoinQuestion, thread: Thread | undefined): Join {
    const response = this.#byKey(question, 'response', question.response, CONVERSATION_WINDOW_MS);
    if (response.length === 1) return joined(response, 'response');
    for (const turn of thread?.turns ?? []) {
      const runs = this.#byKey(question, 'conversation', turn, CONVERSATION_WINDOW_MS);
      if (runs.length === 1) return joined(runs, 'conversation');
      if (runs.length > 1) return uncertain(runs);
    }
    // The same question, but not the answer that we saw: it was cut, edited, or is of another conversation.
    for (const opening of thread?.openings ?? []) {
      const runs = this.#byKey(question, 'opening', opening, CONVERSATION_WINDOW_MS);
      if (runs.length > 0) return uncertain(runs);
    }
    return uncertain(response);
  }

  #ofTool(question: JoinQuestion): Join {
    const { called, session } = question;
    const inSession = this.#byKey(question, 'session', session, SESSION_WINDOW_MS);
    if (called === undefined) return uncertain(inSession);
    for (const { answer, run, action } of this.#open.of(ownerOf(question))) {
      const said = answer();
      if (said !== undefined) this.#propose(question, said, { run, action, atMs: question.atMs });
    }
    const names = namesOf(called);
    const args = argsKey(this.#secret, called.args);
    if (args !== undefined) {
      const keys = names.map((name) => `${name} ${args}`);
      const proposals = this.#byKeys(question, 'proposal', keys, PROPOSAL_WINDOW_MS);
      if (proposals.length === 1) return joined(proposals, 'proposal');
      const own = proposals.filter(({ run }) => inSession.some((other) => other.run === run));
      if (own.length === 1) return joined(own, 'proposal');
      if (proposals.length > 1) return uncertain(proposals);
    }
    // Proposed with other arguments or under another name, or sent on a connection that served other runs: perhaps the agent
    // changed it on its way, perhaps not.
    const alike = this.#byKey(question, 'args', args, PROPOSAL_WINDOW_MS);
    return uncertain([...this.#byKeys(question, 'tool', names, PROPOSAL_WINDOW_MS), ...alike, ...inSession]);
  }

  #threadOf({ agent, conversation }: JoinQuestion): Thread | undefined {
    return conversation === undefined ? undefined : new Thread(`${this.#secret} ${agent}`, conversation);
  }

  /** What comes over the same connection or in the same trace later may be about the same run. */
  #bind(question: JoinQuestion, run: RunId): void {
    const { action, atMs, session, traceId } = question;
    if (session !== undefined) this.#remember(question, 'session', session, { run, action, atMs });
    if (traceId !== undefined) this.#remember(question, 'trace', traceId, { run, action, atMs });
  }

  #byKeys(who: Who, kind: EvidenceKind, keys: readonly string[], windowMs: number): readonly Sighting[] {
    const found = new Map<RunId, Sighting>();
    for (const key of keys) for (const seen of this.#byKey(who, kind, key, windowMs)) found.set(seen.run, seen);
    return [...found.values()];
  }

  #byKey(who: Who, kind: EvidenceKind, key: string | undefined, windowMs: number): readonly Sighting[] {
    if (key === undefined) return [];
    return this.#evidence.seen(who.workspace, kind, `${who.agent}\n${key}`, who.atMs - windowMs);
  }

  #remember(who: Who, kind: EvidenceKind, key: string, sighting: Sighting): void {
    this.#evidence.remember(who.workspace, kind, `${who.agent}\n${key}`, sighting);
  }
}

function ownerOf({ workspace, agent }: Who): string {
  return `${workspace}\n${agent}`;
}

function joined(runs: readonly Sighting[], by: JoinEvidence): Join {
  const [seen] = runs;
  return seen === undefined ? ALONE : { kind: 'joined', run: seen.run, by, of: seen.action };
}

function uncertain(runs: readonly Sighting[]): Join {
  const candidates = [...new Set(runs.map(({ run }) => run))];
  return candidates.length === 0 ? ALONE : { kind: 'uncertain', candidates };
}
