import { createHash } from 'node:crypto';
import type { RunId } from '@reeve/contracts';
import type { HeldAction } from '../../approvals/index.ts';
import type { FlowFacts } from '../../flows/index.ts';
import { must } from '../../lib/index.ts';
import type { RiskFacts } from '../../risk/index.ts';
import type { Passage } from '../passage.ts';

// What features are told of an action: values of their own, so that none of them knows the pipeline.

const NO_ARGS: Readonly<Record<string, unknown>> = {};

export function flowFacts(passage: Passage): FlowFacts {
  const { workspace, agent } = must(passage.identity, 'identity');
  const run = must(passage.run, 'run');
  const target = must(passage.target, 'target');
  const tool = target.kind === 'tool' ? target : undefined;
  const { joinedBy } = passage;
  return {
    workspace,
    agent,
    run: run.id,
    root: run.root,
    ...(joinedBy?.by === 'uncertain' ? { candidates: joinedBy.of as RunId[] } : {}),
    action: passage.action.id,
    target: target.name,
    effect: target.effect,
    declaration: tool?.declaration,
    inputSchema: tool?.definition?.inputSchema,
    description: tool?.definition?.description,
    args: tool?.args ?? NO_ARGS,
    atMs: passage.action.receivedAtMs,
  };
}

export function riskFacts(passage: Passage, labels: readonly string[]): RiskFacts {
  const { user, feature, session, reason } = passage.action.attribution;
  const target = must(passage.target, 'target');
  const tool = target.kind === 'tool' ? target : undefined;
  const run = must(passage.run, 'run');
  const fleet = must(passage.fleet, 'fleet');
  return {
    action: passage.action.id,
    kind: passage.action.kind,
    workspace: fleet.workspace,
    agent: must(passage.agent, 'agent'),
    run: run.id,
    root: run.root,
    user,
    feature,
    session,
    target: target.name,
    effect: target.effect,
    reversible: tool?.reversible ?? 'compensable',
    args: tool?.args ?? NO_ARGS,
    amount: tool?.amount,
    subject: tool?.subject,
    destination: tool?.destination,
    labels,
    findings: passage.findings,
    dryRun: passage.action.dryRun === true,
    reason,
    timeZone: fleet.settings.timeZone,
    atMs: passage.action.receivedAtMs,
  };
}

/** A model call has no arguments: people see the request itself, or where it is too long to be shown, only that it is this one. */
function requestOf(passage: Passage): Readonly<Record<string, unknown>> {
  const bytes = passage.action.operation.payload();
  if (bytes.length > MAX_SHOWN_BYTES)
    return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  // Which of its upstreams a route would take may differ when the same call comes again; the route is the target.
  const { model: _model, ...request } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
  return { request };
}

const MAX_SHOWN_BYTES = 200 * 1024;

export function heldFacts(passage: Passage): Omit<HeldAction, 'findings' | 'risk' | 'argsDigest'> {
  const { user, feature, session, reason } = passage.action.attribution;
  const target = must(passage.target, 'target');
  const tool = target.kind === 'tool' ? target : undefined;
  const run = must(passage.run, 'run');
  const fleet = must(passage.fleet, 'fleet');
  return {
    action: passage.action.id,
    workspace: fleet.workspace,
    agent: must(passage.agent, 'agent'),
    run: run.id,
    root: run.root,
    target: target.name,
    digest: passage.proposedDigest,
    effect: target.effect,
    reversible: tool?.reversible ?? 'irreversible',
    declaration: tool?.declaration,
    args: tool?.args ?? requestOf(passage),
    fleetVersion: fleet.version,
    amount: tool?.amount,
    subject: tool?.subject,
    destination: tool?.destination,
    reason,
    user,
    session,
    feature,
    dryRun: passage.action.dryRun === true,
    atMs: passage.action.receivedAtMs,
  };
}
