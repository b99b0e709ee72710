import type { ActionView, RunTreeView } from '@reeve/contracts';
import { clean } from './table.ts';

const MAX_LINES = 2_000;
const MAX_MESSAGE = 300;

/** A run with all below it: one line an action, refusals with their reason. */
export function renderRun(tree: RunTreeView): string {
  const lines = runLines(tree);
  const shown = lines.slice(0, MAX_LINES);
  if (lines.length > shown.length) shown.push(`… ${lines.length - shown.length} more lines; use --json`);
  return shown.join('\n');
}

function runLines(tree: RunTreeView): string[] {
  const labels = tree.labels.length === 0 ? '' : `, holds ${tree.labels.map((label) => clean(label)).join(' ')}`;
  const head = `${tree.name}  agent ${tree.agent}  ${tree.startedAt}  ${tree.actions} actions, ${tree.refused} refused, ${tree.costUsd} USD${labels}`;
  const items = [
    ...tree.actionList.map((action) => ({ at: action.startedAt, lines: actionLines(action) })),
    ...tree.children.map((child) => ({ at: child.startedAt, lines: runLines(child) })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const below = items.flatMap(({ lines }, index) => indent(lines, index === items.length - 1));
  return [head, ...below];
}

function indent(lines: readonly string[], isLast: boolean): string[] {
  return lines.map((line, index) => {
    if (index === 0) return `${isLast ? '└─' : '├─'} ${line}`;
    return `${isLast ? '  ' : '│ '} ${line}`;
  });
}

const MARK: Readonly<Record<string, string>> = { allow: 'allow ', modify: 'modify', hold: 'HOLD  ', deny: 'DENY  ' };

function actionLines(action: ActionView): string[] {
  const took = action.durationMs === null ? 'under way' : `${action.durationMs} ms`;
  const cost = action.costUsd === '0' ? '' : `, ${action.costUsd} USD`;
  const tokens = action.outputTokens === null ? '' : `, ${action.inputTokens} + ${action.outputTokens} tokens`;
  const effect = action.effect === null ? '' : ` (${action.effect})`;
  const outcome = action.outcome ?? 'executing';
  const first = `${MARK[action.verdict] ?? action.verdict} ${clean(action.target ?? action.kind)}${effect} → ${outcome}, ${took}${tokens}${cost}  ${action.id}`;
  const spoke = action.findings
    .filter((finding) => finding.verdict !== 'allow' || finding.releasedBy !== null)
    .flatMap((finding) => [`   ${finding.by}: ${clean(finding.message, MAX_MESSAGE)}`, ...evidenceLines(finding)]);
  const effectLine = action.sideEffect === null ? [] : [`   side effect ${clean(action.sideEffect)}`];
  return [first, ...spoke, ...effectLine, ...joinLine(action)];
}

const MAX_EVIDENCE = 5;

/** Values with their sources, and who let them pass. */
function evidenceLines({ evidence, releasedBy }: ActionView['findings'][number]): string[] {
  const values = evidence.slice(0, MAX_EVIDENCE).map(({ path, value, source, sourceAction }) => {
    const action = sourceAction === null ? '' : ` (${clean(sourceAction)})`;
    return `     ${clean(path)} = ${clean(value, MAX_MESSAGE)}  from ${clean(source)}${action}`;
  });
  return releasedBy === null ? values : [...values, `     let pass by ${clean(releasedBy)}`];
}

/** Why it is in this run, where its caller named none. */
function joinLine({ joinedBy }: ActionView): string[] {
  if (joinedBy === null) return [];
  const of = joinedBy.of.map((name) => clean(name)).join(' ');
  return [`   ${JOINED[joinedBy.by]} ${of}`];
}

const JOINED: Readonly<Record<NonNullable<ActionView['joinedBy']>['by'], string>> = {
  conversation: 'here because it goes on with the conversation of',
  response: 'here because it goes on from the reply of',
  proposal: 'here because the model proposed it in',
  trace: 'here by the trace',
  session: 'here by the MCP session',
  uncertain: 'may belong to',
};
