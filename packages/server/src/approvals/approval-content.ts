import type { Evidence, Finding } from '@reeve/contracts';
import { z } from 'zod';
import type { HeldAction } from './approval-desk.ts';

/** What people see of a held call. It is personal, so it lives in the payload store, sealed, and ends with its retention. */
export interface ApprovalContent {
  readonly args: Readonly<Record<string, unknown>>;
  /** As the agent proposed them, where an approver edited them. */
  readonly proposedArgs?: Readonly<Record<string, unknown>> | undefined;
  readonly editedBy?: string | undefined;
  readonly findings: readonly ShownFinding[];
  readonly reversible: 'irreversible' | 'compensable' | { readonly withinMs: number };
  readonly amount?: number | undefined;
  readonly subject?: string | undefined;
  readonly destination?: string | undefined;
  readonly reason?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly feature?: string | undefined;
}

export interface ShownFinding {
  readonly by: string;
  readonly verdict: string;
  readonly message: string;
  readonly rule?: string | undefined;
  readonly score?: number | undefined;
  readonly waitsFor?: string | undefined;
  readonly evidence?: readonly Evidence[] | undefined;
}

const argsSchema = z.record(z.string(), z.unknown());
const evidenceSchema = z.object({
  path: z.string(),
  value: z.string(),
  source: z.string(),
  sourceAction: z.string().optional(),
  excerpt: z.string().optional(),
});
const contentSchema = z.object({
  args: argsSchema,
  proposedArgs: argsSchema.optional(),
  editedBy: z.string().optional(),
  findings: z.array(
    z.object({
      by: z.string(),
      verdict: z.string(),
      message: z.string(),
      rule: z.string().optional(),
      score: z.number().optional(),
      waitsFor: z.string().optional(),
      evidence: z.array(evidenceSchema).optional(),
    }),
  ),
  reversible: z.union([z.enum(['irreversible', 'compensable']), z.object({ withinMs: z.number() })]),
  amount: z.number().optional(),
  subject: z.string().optional(),
  destination: z.string().optional(),
  reason: z.string().optional(),
  user: z.string().optional(),
  session: z.string().optional(),
  feature: z.string().optional(),
});

export function contentOf(held: HeldAction): ApprovalContent {
  const { args, findings, reversible, amount, subject, destination, reason, user, session, feature } = held;
  const shown = findings.map(showFinding);
  return { args, findings: shown, reversible, amount, subject, destination, reason, user, session, feature };
}

export function contentBytes(content: ApprovalContent): Uint8Array {
  return Buffer.from(JSON.stringify(content), 'utf8');
}

/** Throws where the stored bytes are not ours: whoever asked is then refused. */
export function parseContent(bytes: Uint8Array): ApprovalContent {
  const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  return contentSchema.parse(parsed) as ApprovalContent;
}

function showFinding({ by, verdict, message, rule, score, waitsFor, evidence }: Finding): ShownFinding {
  return { by, verdict, message, rule, score, waitsFor, evidence };
}

/**
 * By what a finding is known again: what held then and holds now is one thing, though its words may count differently. Of a call that
 * risk holds, each rule that adds to the risk is a reason of its own.
 */
export function holdKeys(findings: readonly Finding[]): string[] {
  const risky = findings.some(({ verdict, by }) => verdict === 'hold' && by === 'risk');
  return findings
    .filter(({ verdict, by, score = 0 }) => verdict === 'hold' || (risky && by === 'risk' && score > 0))
    .map((finding) => holdKey(finding));
}

function holdKey({ by, rule, message }: Finding): string {
  return `${by} ${rule ?? message.replaceAll(/\d+(\.\d+)?/g, '#')}`;
}
