import type { Finding } from '@reeve/contracts';
import { BoundedMap } from '../lib/index.ts';
import { speaksToAssistant } from './addressed.ts';
import { callDeeds } from './call-deeds.ts';
import { addressKind, valuesOf } from './call-values.ts';
import type { Conversation, Message } from './conversation.ts';
import { type DeclaredTool, isTrusted } from './declared-tool.ts';
import type { FlowFacts, FlowResult, FlowScope, FlowTracker } from './flow-tracker.ts';
import { judge } from './judge.ts';
import { MAX_CHARS, MAX_DECLASSIFIED, MAX_FADED_RUNS, MAX_RUNS } from './limits.ts';
import { normalise } from './normal-text.ts';
import { RunMemory } from './run-memory.ts';

const UNTRUSTED = 'untrusted';
const PRIVATE = 'private:';
const CLEAN: readonly Finding[] = [];
const NONE: readonly never[] = [];

export interface FlowsParts {
  /** What is declared of a tool that the conversation names; undefined counts as untrusted. */
  readonly toolOf: (scope: FlowScope, name: string) => DeclaredTool | undefined;
}

/** Remembers what runs took in and traces the values of their calls to it. All in memory and bounded: what was let go makes readings stricter. */
export class Flows implements FlowTracker {
  readonly #toolOf: FlowsParts['toolOf'];
  readonly #runs = new BoundedMap<string, RunMemory>(MAX_RUNS + 1);
  /** Labels of runs whose content was let go. */
  readonly #faded = new BoundedMap<string, readonly string[]>(MAX_FADED_RUNS);
  #chars = 0;

  constructor({ toolOf }: FlowsParts) {
    this.#toolOf = toolOf;
  }

  labels(scope: FlowScope): readonly string[] {
    const key = keyOf(scope, scope.run);
    const own = this.#labelsOf(key);
    const beside = this.#besideOf(scope, this.#runs.get(key));
    if (scope.root === scope.run && beside.length === 0) return own;
    const above = scope.root === scope.run ? [] : this.#labelsOf(keyOf(scope, scope.root));
    return [...new Set([...own, ...above, ...beside.flatMap((other) => this.#labelsOf(other))])].sort();
  }

  #labelsOf(key: string): readonly string[] {
    const memory = this.#runs.get(key);
    return memory === undefined ? (this.#faded.get(key) ?? []) : [...memory.labels];
  }

  /** Runs that this one may be a part of, by what is said of this action or was said of an earlier one. */
  #besideOf(scope: FlowScope, memory: RunMemory | undefined): readonly string[] {
    const told = (scope.candidates ?? NONE).map((run) => keyOf(scope, run));
    if (memory === undefined || memory.beside.size === 0) return told;
    return [...new Set([...memory.beside, ...told])];
  }

  assess(facts: FlowFacts): readonly Finding[] {
    const memory = this.#memory(facts);
    const line = memory.above === undefined ? [memory] : [memory.above, memory];
    const others = this.#besideOf(facts, memory);
    const beside = others.map((key) => this.#runs.get(key));
    const labels = new Set(line.flatMap((run) => [...run.labels]).concat(others.flatMap((key) => this.#labelsOf(key))));
    const partial = line.some((run) => run.partial) || beside.some((run) => run?.partial !== false);
    if (!labels.has(UNTRUSTED) && !partial) return CLEAN;
    const { declaration } = facts;
    const shape = {
      args: facts.args,
      schema: facts.inputSchema ?? declaration?.inputSchema,
      deciding: declaration?.deciding,
      destination: plainPath(declaration?.destination),
    };
    const { values, complete } = valuesOf(shape);
    const looked =
      facts.effect === 'read'
        ? values.filter((value) => addressKind(value.raw) === 'url' || shape.deciding !== undefined)
        : values;
    if (facts.effect === 'read' && looked.length === 0) return CLEAN;
    const found = judge({
      effect: facts.effect,
      declared: declaration !== undefined,
      deeds: callDeeds(facts.target, facts.effect, facts.description ?? declaration?.description),
      values: looked,
      complete,
      known: {
        requests: line.map((run) => run.request),
        operator: normalise(line.flatMap((run) => run.operator).join(' ')),
        sources: line.flatMap((run) => run.sources).concat(beside.flatMap((run) => run?.untrusted() ?? [])),
        declassified: (form) => line.some((run) => run.declassified.has(form)),
      },
      instructed: line.some((run) => run.instructed),
      private: [...labels].some((label) => label.startsWith(PRIVATE)),
      partial,
    });
    return found === undefined ? CLEAN : [found];
  }

  heard(scope: FlowScope, conversation: Conversation): void {
    const memory = this.#memory(scope);
    const before = memory.chars;
    if (conversation.cut === true) memory.partial = true;
    for (const [index, message] of conversation.messages.entries()) {
      const key = `${message.role} ${message.toolName ?? ''} ${message.text}`;
      if (memory.heardBefore(index, key)) continue;
      memory.hear(index, key);
      this.#hear(memory, scope, message, argsOf(conversation, message));
    }
    this.#grown(memory.chars - before);
  }

  received(result: FlowResult): void {
    const memory = this.#memory(result);
    const before = memory.chars;
    const untrusted = !isTrusted(result) || speaksToAssistant(result.texts);
    for (const label of result.declaration?.labels ?? []) memory.labels.add(label);
    if (untrusted) memory.labels.add(UNTRUSTED);
    memory.take({
      name: result.target,
      action: result.action,
      args: argTexts(result.args),
      trusted: !untrusted,
      texts: result.texts,
    });
    this.#grown(memory.chars - before);
  }

  declassified(scope: FlowScope, findings: readonly Finding[], _by: string): void {
    const memory = this.#memory(scope);
    for (const { evidence } of findings.filter((finding) => finding.by === 'flow')) {
      for (const { value } of evidence ?? []) {
        if (memory.declassified.size < MAX_DECLASSIFIED) memory.declassified.add(normalise(value));
      }
    }
  }

  #hear(memory: RunMemory, scope: FlowScope, message: Message, args: readonly string[]): void {
    if (message.role === 'user' || message.role === 'system') memory.say(message.role, message.text);
    if (message.role !== 'tool') return;
    const tool = message.tool === undefined ? undefined : this.#toolOf(scope, message.tool);
    const trusted = tool !== undefined && isTrusted(tool) && !speaksToAssistant([message.text]);
    const fresh = memory.take({
      name: message.tool ?? message.toolName ?? 'message',
      action: undefined,
      args,
      trusted,
      texts: [message.text],
    });
    if (!fresh) return;
    for (const label of tool?.declaration?.labels ?? []) memory.labels.add(label);
    if (!trusted) memory.labels.add(UNTRUSTED);
  }

  #memory(scope: FlowScope): RunMemory {
    const above = scope.root === scope.run ? undefined : this.#run(keyOf(scope, scope.root), undefined);
    const memory = this.#run(keyOf(scope, scope.run), above);
    for (const run of scope.candidates ?? NONE) memory.mayBe(keyOf(scope, run));
    return memory;
  }

  #run(key: string, above: RunMemory | undefined): RunMemory {
    const known = this.#runs.get(key);
    if (known !== undefined) return known;
    const memory = new RunMemory(above);
    const faded = this.#faded.get(key);
    if (faded !== undefined) {
      memory.partial = true;
      for (const label of faded) memory.labels.add(label);
    }
    this.#runs.set(key, memory);
    this.#fade();
    return memory;
  }

  #grown(chars: number): void {
    this.#chars += chars;
    this.#fade();
  }

  #fade(): void {
    while (this.#runs.size > MAX_RUNS || (this.#chars > MAX_CHARS && this.#runs.size > 1)) {
      const oldest = this.#runs.shift();
      if (oldest === undefined) return;
      const [key, memory] = oldest;
      this.#chars -= memory.chars;
      // Of a run that took in nothing there is nothing to be strict about.
      if (memory.tookIn) this.#faded.set(key, [...memory.labels]);
    }
  }
}

function keyOf({ workspace }: FlowScope, run: string): string {
  return `${workspace} ${run}`;
}

function plainPath(expression: string | undefined): string | undefined {
  return expression !== undefined && /^args(?:\.\w+)+$/.test(expression) ? expression : undefined;
}

const MIN_ARG = 3;
const MIN_NUMBERED_ARG = 2;
const HAS_DIGIT = /\d/;
const MAX_ARGS = 20;
const PROTOCOL = /^https?:\/\//;

function argTexts(args: Readonly<Record<string, unknown>>): string[] {
  const { values } = valuesOf({ args, schema: undefined, deciding: undefined, destination: undefined });
  return values
    .map(({ raw }) => normalise(raw).replace(PROTOCOL, ''))
    .filter((text) => text.length >= (HAS_DIGIT.test(text) ? MIN_NUMBERED_ARG : MIN_ARG))
    .slice(0, MAX_ARGS);
}

function argsOf(conversation: Conversation, { role, callId }: Message): readonly string[] {
  if (role !== 'tool' || callId === undefined) return [];
  for (const message of conversation.messages) {
    const call = message.calls?.find(({ id }) => id === callId);
    if (call !== undefined) return argTexts(call.args);
  }
  return [];
}
