import type { Attribution, Finding, Outcome, Tag } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { Target } from '../action.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

type AdmitParts = Pick<StageParts, 'stops' | 'limits' | 'budgets'>;

/** Is it alive, within limits, with budget left, counting what is in flight? */
export async function admit(passage: Passage, parts: AdmitParts): Promise<Outcome | undefined> {
  const { agent, fleet } = passage;
  const stopped = checkStops(passage, parts, undefined) ?? checkTags(passage);
  if (stopped !== undefined) return stopped;
  const target = await passage.action.operation.resolve(must(fleet, 'fleet'), must(agent, 'agent'));
  passage.target = target;
  const toolStopped = target.kind === 'tool' ? checkStops(passage, parts, target.name) : undefined;
  return toolStopped ?? (await checkLimits(passage, parts, target)) ?? (await reserve(passage, parts, target));
}

function checkStops(passage: Passage, parts: Pick<StageParts, 'stops'>, tool: string | undefined): Outcome | undefined {
  const identity = must(passage.identity, 'identity');
  const facts = {
    workspace: identity.workspace,
    agent: must(passage.agent, 'agent'),
    runIds: passage.lineage,
    credential: identity.credentialId,
    ...(tool === undefined ? {} : { tool }),
  };
  const finding = parts.stops.check(facts);
  if (finding !== undefined) return passage.refuse('suspended', finding);
  if (passage.unwatch !== undefined) passage.unwatch();
  passage.unwatch = parts.stops.watch(facts, passage.controller);
  return undefined;
}

function checkTags(passage: Passage): Outcome | undefined {
  const required = [...must(passage.agent, 'agent').requireTags, ...must(passage.fleet, 'fleet').settings.requireTags];
  const missing = required.find((tag) => !isSent(tag, passage.action.attribution));
  if (missing === undefined) return undefined;
  return passage.refuse('denied', {
    by: 'tags',
    verdict: 'deny',
    code: 'missing_tag',
    message: `calls of this agent need the tag "${missing}": send the header x-reeve-${missing}`,
  });
}

function isSent(tag: Tag, attribution: Attribution): boolean {
  // An MCP session is a run by itself.
  return (tag === 'run' ? (attribution.run ?? attribution.mcpSession) : attribution[tag]) !== undefined;
}

async function checkLimits(
  passage: Passage,
  parts: Pick<StageParts, 'limits'>,
  target: Target,
): Promise<Outcome | undefined> {
  const run = must(passage.run, 'run');
  const findings = await parts.limits.admit({
    workspace: must(passage.identity, 'identity').workspace,
    agent: must(passage.agent, 'agent'),
    run: { id: run.id, startedAtMs: run.startedAtMs },
    kind: target.kind,
    fingerprint: target.kind === 'tool' ? `${target.name} ${JSON.stringify(target.args)}` : undefined,
    atMs: passage.action.receivedAtMs,
  });
  const denial = findings.find((finding: Finding) => finding.verdict === 'deny');
  return denial === undefined ? undefined : passage.refuse('over_limit', denial);
}

async function reserve(
  passage: Passage,
  parts: Pick<StageParts, 'budgets'>,
  target: Target,
): Promise<Outcome | undefined> {
  const identity = must(passage.identity, 'identity');
  const { nanoUsd, tokens } = target.worstCase;
  const result = await parts.budgets.reserve(
    {
      workspace: identity.workspace,
      agent: identity.agent,
      run: must(passage.run, 'run').id,
      attribution: passage.action.attribution,
    },
    { nanoUsd: nanoUsd ?? 0, tokens, calls: 1 },
    nanoUsd !== undefined,
  );
  if (result.granted) {
    passage.reservation = result.reservation;
    return undefined;
  }
  return passage.refuse('over_budget', { by: 'budget', verdict: 'deny', code: result.code, message: result.message });
}
