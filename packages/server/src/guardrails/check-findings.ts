import type { Finding, GuardrailAction } from '@reeve/contracts';
import type { Scanner } from './scanner.ts';

/** One check of one Guardrails object, compiled. */
export interface Entry {
  readonly guardrails: string;
  readonly check: string;
  readonly action: GuardrailAction;
  readonly scanner: Scanner;
  /** Longer texts are not read; then the check counts as failed. */
  readonly maxChars: number;
}

const MAX_FLAGS = 100;

/** The findings of one inspection: one for each check, thing and path, however often it occurs there. */
export class CheckFindings {
  readonly #seen = new Set<string>();
  #fresh: Finding[] = [];
  #stopped = false;
  #denied = false;

  /** Whether something was found after which nothing may go on. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get denied(): boolean {
    return this.#denied;
  }

  found(entry: Entry, what: string, path: string): void {
    const sentence = `${what} was found at ${path}`;
    if (entry.action === 'deny') this.#add(entry, 'deny', `${sentence}; remove it, or ask the agent's owner`);
    else if (entry.action === 'hold') this.#add(entry, 'hold', `${sentence}; a person must approve it`);
    else if (entry.action === 'redact') this.#add(entry, 'modify', `${sentence} and redacted`);
    else this.#add(entry, 'allow', sentence);
  }

  /** A check that gave no answer denies, unless its author asked it only to flag. */
  failed(entry: Entry, why: string, path: string, code: 'fail_closed' | 'guardrail_blocked'): void {
    const message = `the check ${entry.check} could not read ${path}: ${why}`;
    if (entry.action === 'flag') this.#add(entry, 'allow', message);
    else this.#add(entry, 'deny', message, code);
  }

  /** What was added since the last call. */
  take(): readonly Finding[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #add(entry: Entry, verdict: Finding['verdict'], message: string, code?: Finding['code']): void {
    const rule = `${entry.guardrails}/${entry.check}`;
    const key = `${rule} ${verdict} ${message}`;
    if (this.#seen.has(key)) return;
    const stops = verdict === 'deny' || verdict === 'hold';
    if (!stops && this.#seen.size >= MAX_FLAGS) return;
    this.#seen.add(key);
    this.#stopped ||= stops;
    this.#denied ||= verdict === 'deny';
    const told =
      code ?? (verdict === 'deny' ? 'guardrail_blocked' : verdict === 'hold' ? 'approval_required' : undefined);
    this.#fresh.push({ by: 'guardrail', verdict, message, rule, ...(told === undefined ? {} : { code: told }) });
  }
}
