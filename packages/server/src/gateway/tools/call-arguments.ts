import type { ToolDeclaration } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { ReeveError } from '../../lib/index.ts';
import { changedValue, type DeclaredValues, declaredValues } from './declared-values.ts';
import { editMap, textParts, withEdits } from './text-parts.ts';
import type { ToolArguments } from './tool-finder.ts';

type Fault = string | undefined;

export interface ArgumentCheck {
  check(hash: string, schema: object, args: ToolArguments): Fault | Promise<Fault>;
}

/** What arguments are judged by. */
export interface CallRules {
  readonly checker: ArgumentCheck;
  /** Of the schema, or of what contains it. */
  readonly hash: string;
  readonly schema: object;
  readonly declaration: ToolDeclaration | undefined;
}

/** The arguments of one call. What fits the schema and what policies decide by is found anew when a guardrail rewrites them. */
export class CallArguments {
  readonly #root: string;
  #current: ToolArguments;
  #rules: CallRules | undefined;
  #fault: Fault;
  #values: DeclaredValues = {};

  /** @param root what paths of content parts begin with */
  constructor(args: ToolArguments, root = 'args') {
    this.#current = args;
    this.#root = root;
  }

  /** As they will be sent. */
  get current(): ToolArguments {
    return this.#current;
  }

  /** What is wrong with them, in words for the caller. */
  get fault(): Fault {
    return this.#fault;
  }

  /** What the declaration says of them; nothing where they do not fit the schema. */
  get values(): DeclaredValues {
    return this.#values;
  }

  /** What is never judged has no schema. */
  judge(rules: CallRules): void | Promise<void> {
    this.#rules = rules;
    const fault = rules.checker.check(rules.hash, rules.schema, this.#current);
    if (fault instanceof Promise) return fault.then((late) => this.#judged(rules, late));
    this.#judged(rules, fault);
  }

  parts(): readonly ContentPart[] {
    return textParts(this.#current, this.#root, 'arguments');
  }

  /** Other arguments than the caller's: nothing that was judged of those holds for them. */
  replace(args: ToolArguments): void {
    this.#current = args;
    this.#rules = undefined;
    this.#fault = undefined;
    this.#values = {};
  }

  /** What a guardrail leaves must still fit, and may not be about something else than the agent proposed. */
  rewrite(edits: readonly ContentEdit[]): void | Promise<void> {
    this.#current = withEdits(this.#current, this.#root, editMap(edits)) as ToolArguments;
    const rules = this.#rules;
    if (rules === undefined) return undefined;
    const fault = rules.checker.check(rules.hash, rules.schema, this.#current);
    if (fault instanceof Promise) return fault.then((late) => this.#judgedAgain(rules, late));
    this.#judgedAgain(rules, fault);
  }

  #judged(rules: CallRules, fault: Fault): void {
    this.#fault = fault;
    if (fault === undefined) this.#values = declaredValues(rules.declaration, this.#current);
  }

  #judgedAgain(rules: CallRules, fault: Fault): void {
    this.#fault = fault ?? this.#changed(rules.declaration);
  }

  #changed(declaration: ToolDeclaration | undefined): Fault {
    try {
      const changed = changedValue(this.#values, declaredValues(declaration, this.#current));
      return changed === undefined ? undefined : `the ${changed} of this call holds what a guardrail must redact`;
    } catch (error) {
      if (error instanceof ReeveError && error.code === 'invalid_arguments') return error.message;
      throw error;
    }
  }
}
