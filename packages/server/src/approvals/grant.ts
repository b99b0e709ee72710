import { createHash } from 'node:crypto';
import type { ApprovalId, Effect, Finding, GrantId } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { Decider } from './approval.ts';
import { holdKeys } from './approval-content.ts';
import type { HeldAction } from './approval-desk.ts';

/** What a grant covers besides its agent and tool. Values are kept as digests: they are personal, and only compared. */
export interface GrantScope {
  /** `same`: exactly the arguments that were approved; `some`: those in `equal`; `any`: all. */
  readonly args: 'any' | 'same' | 'some';
  readonly argsDigest?: string | undefined;
  /** Path such as `args.to`, and the digest of the value it must have. */
  readonly equal?: Readonly<Record<string, string>> | undefined;
  /** Of the same sign as the amount that was approved. Undefined: that call had none, and those that have one are not like it. */
  readonly maxAmount?: number | undefined;
  /** What kind of effect was approved: a tool may become another one under a later fleet. */
  readonly effect?: Effect | undefined;
  /** Reasons for which the call was held that was approved, as its approver saw them. */
  readonly holds: readonly string[];
  /** Whether it also lets pass what the flow of information holds. */
  readonly flow: boolean;
}

/** A standing approval. What changes after creation is exactly the mutable fields. */
export interface Grant {
  readonly id: GrantId;
  readonly workspace: string;
  readonly agent: string;
  readonly target: string;
  readonly approval: ApprovalId;
  readonly scope: GrantScope;
  readonly maxUses: number;
  readonly untilMs: number;
  readonly createdAtMs: number;
  readonly createdBy: Decider;
  used: number;
  revokedAtMs: number | undefined;
}

/** INVARIANT: total. What a grant does not name, it does not release. */
export function grantCovers({ target, agent, workspace, scope }: Grant, held: HeldAction): boolean {
  if (workspace !== held.workspace || agent !== held.agent.name || target !== held.target) return false;
  if (scope.effect !== held.effect || !withinAmount(scope.maxAmount, held.amount)) return false;
  if (scope.args === 'same' && scope.argsDigest !== held.argsDigest) return false;
  if (scope.args === 'some' && !hasEqual(scope.equal ?? {}, held.args)) return false;
  return releasesAll(scope, held.findings);
}

/** What its maker never saw is not released; that a person must be asked at all is what every grant is about. */
function releasesAll({ flow, holds }: GrantScope, findings: readonly Finding[]): boolean {
  const holding = findings.filter(({ verdict }) => verdict === 'hold');
  if (holding.some(({ waitsFor, by }) => waitsFor === 'facts' || (by === 'flow' && !flow))) return false;
  const others = findings.filter(({ by }) => by !== 'flow' && by !== 'approval');
  return holdKeys(others).every((key) => holds.includes(key));
}

/** INVARIANT: total, for what is no number too. */
function withinAmount(most: number | undefined, amount: number | undefined): boolean {
  if (most === undefined || amount === undefined) return most === amount;
  return most < 0 ? amount <= 0 && amount >= most : amount >= 0 && amount <= most;
}

function hasEqual(equal: Readonly<Record<string, string>>, args: HeldAction['args']): boolean {
  const paths = Object.entries(equal);
  return paths.length > 0 && paths.every(([path, digest]) => digestAt(args, path) === digest);
}

/** The digest of the value at a path such as `args.to.name`, or undefined where there is none. */
export function digestAt(args: HeldAction['args'], path: string): string | undefined {
  let value: unknown = args;
  for (const step of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value === undefined ? undefined : digestOf(value);
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
