import type { Attribution, Outcome } from '@reeve/contracts';
import type { ActionCompleted, ActionIntended, ActionRefused, ContentRef, EntryFinding } from '@reeve/ledger';
import { must } from '../lib/index.ts';
import type { Passage } from './passage.ts';

const MAX_FINDINGS = 40;
const MAX_TEXT = 500;
/** Shorter tags name nobody, and would be found inside other words. */
const MIN_TAG = 3;
const ADDRESS = /[^\s@"'(<,;]+@[^\s@"')>,;]+/g;

/** The entry that precedes an effect. */
export function intendedEntry(passage: Passage, payload: ContentRef | undefined): ActionIntended {
  const { action, run, identity, target } = identified(passage);
  const decision = must(passage.decision, 'decision');
  return {
    event: 'action.intended',
    action: action.id,
    kind: action.kind,
    target: target.name,
    effect: target.effect,
    grade: target.grade,
    workspace: identity.workspace,
    agent: identity.agent,
    credential: identity.credentialId,
    run: run.id,
    rootRun: run.root,
    ...(run.parent === undefined ? {} : { parentRun: run.parent }),
    verdict: decision.verdict,
    findings: entryFindings(passage),
    fleet: decision.fleetVersion,
    ...(payload === undefined ? {} : { payload }),
    ...(action.attribution.feature === undefined ? {} : { feature: action.attribution.feature }),
  };
}

/** The entry that says how an intended action ended. */
export function completedEntry(
  passage: Passage,
  outcome: Outcome,
  result: ContentRef | undefined,
  durationMs: number,
): ActionCompleted {
  const { action, run, identity } = identified(passage);
  const settled = passage.settled;
  return {
    event: 'action.completed',
    action: action.id,
    workspace: identity.workspace,
    agent: identity.agent,
    run: run.id,
    outcome: outcome.kind,
    ...(outcome.code === undefined ? {} : { code: outcome.code }),
    ...(settled === undefined ? {} : { servedBy: settled.servedBy, attempts: settled.attempts }),
    ...(passage.usage === undefined ? {} : { usage: passage.usage }),
    costNanoUsd: passage.costNanoUsd,
    ...(settled?.sideEffect === undefined ? {} : { sideEffect: settled.sideEffect }),
    ...(result === undefined ? {} : { result }),
    durationMs,
  };
}

/** One entry for an action that never executed. What was not known when it ended is absent. */
export function refusedEntry(passage: Passage, outcome: Outcome, durationMs: number): ActionRefused {
  const { action, run, identity, target, fleet } = passage;
  return {
    event: 'action.refused',
    action: action.id,
    kind: action.kind,
    ...(target === undefined ? {} : { target: target.name, effect: target.effect, grade: target.grade }),
    ...(identity === undefined
      ? {}
      : { workspace: identity.workspace, agent: identity.agent, credential: identity.credentialId }),
    ...(run === undefined ? {} : { run: run.id, rootRun: run.root }),
    ...(run?.parent === undefined ? {} : { parentRun: run.parent }),
    verdict: passage.decision?.verdict ?? 'deny',
    findings: entryFindings(passage),
    ...(fleet === undefined ? {} : { fleet: fleet.version }),
    ...(action.attribution.feature === undefined ? {} : { feature: action.attribution.feature }),
    outcome: outcome.kind,
    ...(outcome.code === undefined ? {} : { code: outcome.code }),
    durationMs,
  };
}

function entryFindings(passage: Passage): EntryFinding[] {
  return passage.findings.slice(0, MAX_FINDINGS).map((finding) => ({
    by: finding.by,
    verdict: finding.verdict,
    ...(finding.code === undefined ? {} : { code: finding.code }),
    ...(finding.rule === undefined ? {} : { rule: finding.rule.slice(0, MAX_TEXT) }),
    ...(finding.score === undefined ? {} : { score: finding.score }),
    ...(finding.waitsFor === undefined ? {} : { waitsFor: finding.waitsFor }),
    ...(finding.releasedBy === undefined ? {} : { releasedBy: finding.releasedBy }),
    message: withoutPersons(
      QUOTING.has(finding.by) ? finding.message.replace(QUOTED, '"..."') : finding.message,
      passage.action.attribution,
    ),
  }));
}

/** They quote what the caller, a tool, its schema or a person wrote. */
const QUOTING: ReadonlySet<EntryFinding['by']> = new Set(['schema', 'guardrail', 'identity', 'approval']);
/** From the first quote to the last: what is quoted may hold quotes. */
const QUOTED = /".*"/s;

/** The log is public and for ever: the people whom a message names to its caller stay out of it. The trace store has the whole text. */
function withoutPersons(message: string, { user, session, run, parentRun }: Attribution): string {
  let text = message.slice(0, 2 * MAX_TEXT);
  for (const tag of [user, session, run, parentRun]) {
    if (tag !== undefined && tag.length >= MIN_TAG && text.includes(tag)) text = text.replaceAll(tag, '[tag]');
  }
  if (text.includes('@')) text = text.replace(ADDRESS, '[address]');
  return text.slice(0, MAX_TEXT);
}

function identified(passage: Passage) {
  return {
    action: passage.action,
    run: must(passage.run, 'run'),
    identity: must(passage.identity, 'identity'),
    target: must(passage.target, 'target'),
  };
}
