import type { Finding } from '@reeve/contracts';
import type { Spoken } from '../judge/spoken.ts';
import type { RiskFacts } from '../risk-assessor.ts';
import type { CompiledOpinion } from '../rules/compiled-rules.ts';
import type { AskModel, ModelAnswer } from './ask-model.ts';
import { type OpinionAnswer, readAnswer } from './opinion-answer.ts';
import { opinionQuestion } from './opinion-question.ts';

/** Below, an allow is no allow. */
const MIN_CONFIDENCE = 0.5;
const MAX_REASON_CHARS = 300;

export interface OpinionEvent {
  readonly workspace: string;
  readonly agent: string;
  readonly action: string;
  readonly rule: string;
  readonly verdict: 'allow' | 'hold' | 'deny';
  readonly model: string;
  readonly costUsd: number;
  readonly durationMs: number;
  /** Why there was no answer that could be used. */
  readonly failure?: string;
}

export interface OpinionParts {
  readonly ask: AskModel;
  readonly now: () => number;
  readonly onOpinion: (event: OpinionEvent) => void;
}

export interface OpinionSubject {
  readonly facts: RiskFacts;
  readonly score: number;
  readonly spoken: readonly Spoken[];
}

interface Given {
  readonly verdict: OpinionEvent['verdict'];
  readonly words: string;
  readonly model: string;
  readonly costNanoUsd: number | undefined;
  readonly failure?: string;
}

/** Asks a model what it thinks of an action. Whatever is no clear answer in time holds the action. Never rejects. */
export async function secondOpinion(
  parts: OpinionParts,
  opinion: CompiledOpinion,
  subject: OpinionSubject,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const startedAtMs = parts.now();
  const given = await ask(parts.ask, opinion, subject, signal);
  const { workspace, agent, action } = subject.facts;
  parts.onOpinion({
    ...{ workspace, agent: agent.name, action, rule: opinion.ref, verdict: given.verdict, model: given.model },
    costUsd: (given.costNanoUsd ?? 0) / 1e9,
    durationMs: parts.now() - startedAtMs,
    ...(given.failure === undefined ? {} : { failure: given.failure }),
  });
  return findingsOf(opinion, given);
}

async function ask(
  askModel: AskModel,
  opinion: CompiledOpinion,
  { facts, score, spoken }: OpinionSubject,
  signal: AbortSignal,
): Promise<Given> {
  const question = opinionQuestion(facts, score, spoken, opinion.instruction);
  if (question === undefined) return nothing(opinion, 'the call is too long to be put to a model');
  const timeout = AbortSignal.timeout(opinion.timeoutMs);
  const { workspace, agent, run, user, feature, session } = facts;
  try {
    const answer = await inTime(
      askModel({
        ...{ workspace, model: opinion.model, ...question, timeoutMs: opinion.timeoutMs },
        signal: AbortSignal.any([signal, timeout]),
        payer: { agent: agent.name, run, user, feature, session },
      }),
      timeout,
    );
    return given(opinion, answer, readAnswer(answer.text));
  } catch (error) {
    const failure = timeout.aborted ? 'no answer in time' : error instanceof Error ? error.message : 'no answer';
    return nothing(opinion, failure);
  }
}

/** Also where the one who was asked does not listen to its signal. */
function inTime<T>(asked: Promise<T>, timeout: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const expire = () => reject(new Error('no answer in time'));
  timeout.addEventListener('abort', expire, { once: true });
  return Promise.race([asked, promise]).finally(() => timeout.removeEventListener('abort', expire));
}

function given(opinion: CompiledOpinion, reply: ModelAnswer, answer: OpinionAnswer | undefined): Given {
  const served = { model: reply.servedBy ?? opinion.model, costNanoUsd: reply.costNanoUsd };
  if (answer === undefined)
    return { ...nothing(opinion, 'the answer is not of the form that was asked for'), ...served };
  const unsure = answer.verdict === 'allow' && answer.confidence < MIN_CONFIDENCE;
  const words = `${answer.verdict}, confidence ${answer.confidence}: ${answer.reason.slice(0, MAX_REASON_CHARS)}`;
  return { verdict: unsure ? 'hold' : answer.verdict, words, ...served };
}

function nothing({ model }: CompiledOpinion, failure: string): Given {
  return { verdict: 'hold', words: `none (${failure})`, model, costNanoUsd: undefined, failure };
}

/** What the model said is for the record: its words may have been put into its mouth, so callers do not hear them. */
function findingsOf({ ref, enforced }: CompiledOpinion, { verdict, words, model, costNanoUsd }: Given): Finding[] {
  const cost = costNanoUsd === undefined ? '' : `, $${(costNanoUsd / 1e9).toFixed(6)}`;
  const trial = enforced ? '' : 'dry-run: ';
  const said: Finding = {
    by: 'risk',
    verdict: 'allow',
    rule: ref,
    message: `${trial}second opinion of ${model}${cost}: ${words}`,
  };
  if (verdict === 'allow' || !enforced) return [said];
  if (verdict === 'deny')
    return [
      said,
      {
        by: 'risk',
        verdict,
        code: 'policy_denied',
        rule: ref,
        message: 'a review of this call before it was carried out refused it',
      },
    ];
  return [
    said,
    {
      by: 'risk',
      verdict,
      code: 'approval_required',
      waitsFor: 'person',
      rule: ref,
      message: 'a review of this call could not clear it, so a person must approve it',
    },
  ];
}
