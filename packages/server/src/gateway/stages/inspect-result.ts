import type { Finding, Outcome } from '@reeve/contracts';
import type { Checker, StreamInspector } from '../../guardrails/index.ts';
import { must } from '../../lib/index.ts';
import type { StreamChunk, StreamReply, WholeReply } from '../action.ts';
import { outcomeOf, type Passage } from '../passage.ts';
import { endedBySignal, upstreamFailed } from './execute.ts';
import type { StageParts } from './stage.ts';

const MAX_KEPT_REPLY_BYTES = 256 * 1024;

/** May the answer reach the agent? A stream is judged while it flows; a whole answer before any of it leaves. */
export async function inspectResult(
  passage: Passage,
  parts: Pick<StageParts, 'guardrails' | 'joiner'>,
): Promise<Outcome | undefined> {
  const identity = must(passage.identity, 'identity');
  const place = passage.target?.kind === 'tool' ? 'result' : 'output';
  const checker = parts.guardrails.checker(identity.workspace, identity.agent, place);
  const execution = must(passage.execution, 'execution');
  if (execution.kind === 'stream') {
    announce(passage, execution, parts);
    return flow(passage, execution, checker?.stream());
  }
  return checker === undefined ? keepReply(passage, execution) : inspectWhole(passage, execution, checker);
}

/** What a model proposes may be called before its stream has ended. */
function announce(passage: Passage, { answer }: StreamReply, { joiner }: Pick<StageParts, 'joiner'>): void {
  if (answer === undefined) return;
  const { workspace, agent } = must(passage.identity, 'identity');
  const { id: action, receivedAtMs: atMs } = passage.action;
  joiner.answering({ workspace, agent, action, atMs, run: must(passage.run, 'run').id, answer });
}

function keepReply(passage: Passage, reply: WholeReply): Outcome | undefined {
  passage.reply = reply;
  passage.replyBytes = reply.body;
  passage.replyLength = reply.body.length;
  return reply.upstreamError === undefined ? undefined : upstreamFailed(reply.upstreamError);
}

/** INVARIANT: a refusal of the upstream is inspected like an answer: whoever writes it chooses its text and its status. */
async function inspectWhole(passage: Passage, reply: WholeReply, checker: Checker): Promise<Outcome | undefined> {
  const { findings, edits } = await checker.inspect(reply.parts());
  passage.findings.push(...findings);
  const refusal = strictRefusal(findings);
  if (refusal === undefined) return keepReply(passage, edits.length > 0 ? reply.rewritten(edits) : reply);
  passage.reply = undefined;
  return withheld(refusal);
}

/** Passes the stream on, chunk by chunk, holding back only what a check has not finished with. */
async function flow(
  passage: Passage,
  stream: StreamReply,
  inspector: StreamInspector | undefined,
): Promise<Outcome | undefined> {
  passage.streaming = stream;
  const kept: Uint8Array[] = [];
  const deliver: Deliver = (bytes, last) => {
    if (passage.replyLength < MAX_KEPT_REPLY_BYTES) kept.push(bytes);
    passage.replyLength += bytes.length;
    return last === true ? stream.sink.hold(bytes) : stream.sink.write(bytes);
  };
  stream.sink.begin(stream.status, stream.headers);
  try {
    const refusal =
      inspector === undefined
        ? await passOn(stream, deliver)
        : await passInspected(passage, stream, inspector, deliver);
    return endedBySignal(passage) ?? refusal;
  } catch (error) {
    const ended = endedBySignal(passage);
    if (ended !== undefined) return ended;
    throw error;
  } finally {
    passage.replyBytes = Buffer.concat(kept);
  }
}

type Deliver = (bytes: Uint8Array, last: boolean | undefined) => void | Promise<void>;

async function passOn(stream: StreamReply, deliver: Deliver): Promise<Outcome | undefined> {
  for await (const chunk of stream.chunks) {
    const full = deliver(chunk.bytes, chunk.last);
    if (full !== undefined) await full;
  }
  const { upstreamError } = stream.settled();
  return upstreamError === undefined ? undefined : upstreamFailed(upstreamError);
}

async function passInspected(
  passage: Passage,
  stream: StreamReply,
  inspector: StreamInspector,
  deliver: Deliver,
): Promise<Outcome | undefined> {
  const waiting = new Map<number, StreamChunk>();
  let next = 0;
  const take = async (step: ReturnType<StreamInspector['push']>): Promise<Outcome | undefined> => {
    passage.findings.push(...step.findings);
    const refusal = strictRefusal(step.findings);
    if (refusal !== undefined) return withheld(refusal);
    for (const { chunkId, edits } of step.release) {
      const chunk = must(waiting.get(chunkId), 'a chunk that waits');
      waiting.delete(chunkId);
      const bytes = edits.length > 0 && chunk.rewritten !== undefined ? chunk.rewritten(edits) : chunk.bytes;
      await deliver(bytes, chunk.last);
    }
    return undefined;
  };
  for await (const chunk of stream.chunks) {
    waiting.set(next, chunk);
    const refused = await take(inspector.push(next, chunk.parts ?? []));
    if (refused !== undefined) return refused;
    next += 1;
  }
  const refused = await take(inspector.end());
  const { upstreamError } = stream.settled();
  return refused ?? (upstreamError === undefined ? undefined : upstreamFailed(upstreamError));
}

function strictRefusal(findings: readonly Finding[]): Finding | undefined {
  return (
    findings.find((finding) => finding.verdict === 'deny') ?? findings.find((finding) => finding.verdict === 'hold')
  );
}

function withheld(finding: Finding): Outcome {
  return outcomeOf('withheld', { ...finding, code: 'withheld' });
}
