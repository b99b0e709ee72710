import { type Agent, durationMs, type ToolDeclaration, usdToNano } from '@reeve/contracts';
import { z } from 'zod';
import type { WholeReply } from '../action.ts';
import { editMap, sideEffectId, type ToolArguments, textParts, withEdits } from '../tools/index.ts';

/** How long a function may run before nobody believes any more that its report will come; a tool's `timeout` says otherwise. */
export const REPORT_WITHIN_MS = 15 * 60_000;
/** Budgets charge what nobody settled for a day. */
const MAX_REPORT_WITHIN_MS = 23 * 3_600_000;
const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_ERROR_LENGTH = 10_000;
const MAX_ID_LENGTH = 500;
const encoder = new TextEncoder();

/** What a function did, as the process that ran it says. */
export const reportSchema = z.strictObject({
  token: z.string().max(100),
  outcome: z.enum(['succeeded', 'failed']),
  result: z
    .unknown()
    .refine((value) => sizeOf(value) <= MAX_RESULT_BYTES, `at most ${MAX_RESULT_BYTES} bytes as JSON`)
    .optional(),
  error: z.string().max(MAX_ERROR_LENGTH).optional().describe('Why it failed.'),
  sideEffect: z.string().max(MAX_ID_LENGTH).optional().describe('The id of what it caused, e.g. of a payment.'),
  costUsd: z.number().nonnegative().max(1_000_000).optional(),
});
export type Report = Omit<z.output<typeof reportSchema>, 'token'>;

export function reportWithinMs(declaration: ToolDeclaration | undefined): number {
  if (declaration?.timeout === undefined) return REPORT_WITHIN_MS;
  return Math.min(durationMs(declaration.timeout), MAX_REPORT_WITHIN_MS);
}

/** The report as an answer, which is inspected, labelled, charged and recorded like that of any upstream. */
export function replyOf(
  report: Report,
  { agent, args, declaration }: { agent: Agent; args: ToolArguments; declaration: ToolDeclaration | undefined },
): WholeReply {
  const failed = report.outcome === 'failed';
  const { error } = report;
  const answer = { result: report.result ?? null, ...(failed && error !== undefined ? { error } : {}) };
  const sideEffect = report.sideEffect ?? (failed ? undefined : sideEffectId(declaration, args, answer.result));
  return reply(answer, {
    usage: undefined,
    // Who runs it may find it dearer than declared, never cheaper.
    costNanoUsd: usdToNano(Math.max(report.costUsd ?? 0, failed ? 0 : (declaration?.costUsd ?? 0))),
    ...(sideEffect === undefined ? {} : { sideEffect }),
    ...(failed ? { upstreamError: 'the function failed in the process of the agent' } : {}),
    servedBy: `agent ${agent.name}`,
    attempts: 1,
  });
}

interface Answer {
  readonly result: unknown;
  readonly error?: string;
}

type Facts = Pick<WholeReply, 'usage' | 'costNanoUsd' | 'sideEffect' | 'upstreamError' | 'servedBy' | 'attempts'>;

function reply(answer: Answer, facts: Facts): WholeReply {
  const { result, error } = answer;
  return {
    kind: 'whole',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: encoder.encode(JSON.stringify(error === undefined ? result : { error, result })),
    ...facts,
    parts: () => [
      ...textParts(result, 'result', 'result'),
      ...(error === undefined ? [] : textParts(error, 'error', 'result')),
    ],
    rewritten: (edits) => {
      const map = editMap(edits);
      const other = { result: withEdits(result, 'result', map) };
      return reply(error === undefined ? other : { ...other, error: map.get('error') ?? error }, facts);
    },
  };
}

function sizeOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
