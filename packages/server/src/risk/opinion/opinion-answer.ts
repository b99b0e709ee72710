import { z } from 'zod';
import { parseStrictJson } from '../../lib/index.ts';

const answerSchema = z.strictObject({
  verdict: z.enum(['allow', 'hold', 'deny']),
  confidence: z.number().min(0).max(1),
  reason: z.string().min(1).max(1_000),
});

export type OpinionAnswer = z.infer<typeof answerSchema>;

const MAX_ANSWER_CHARS = 4_000;
const FENCED = /^```(?:json)?\n([\s\S]*)\n```$/;

/** The one object that was asked for, bare or in a code fence; undefined for anything else. */
export function readAnswer(text: string): OpinionAnswer | undefined {
  if (text.length > MAX_ANSWER_CHARS) return undefined;
  const bare = text.trim();
  const json = FENCED.exec(bare)?.[1] ?? bare;
  try {
    const parsed = answerSchema.safeParse(parseStrictJson(Buffer.from(json)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
