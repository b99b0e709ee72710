import { FormatError } from '@reeve/ledger';
import { ReeveError } from '../lib/index.ts';
import type { Approval, Decider } from './approval.ts';
import { contentBytes, parseContent } from './approval-content.ts';
import { callDigest } from './call-digest.ts';
import type { DecidingParts } from './deciding.ts';
import type { EditedContent } from './decision.ts';

const MAX_ARGS_BYTES = 64 * 1024;

/** Arguments as an approver wants them: sealed anew, the original beside them. Undefined where nothing is different. */
export async function editContent(
  approval: Approval,
  by: Decider,
  args: Readonly<Record<string, unknown>>,
  { payloads, checkArguments }: Pick<DecidingParts, 'payloads' | 'checkArguments'>,
): Promise<EditedContent | undefined> {
  const { workspace, target, action } = approval;
  const argsDigest = digest(target, args);
  if (argsDigest === approval.argsDigest) return undefined;
  if (Buffer.byteLength(JSON.stringify(args)) > MAX_ARGS_BYTES)
    throw new ReeveError('invalid_arguments', `edited arguments have at most ${MAX_ARGS_BYTES} bytes`);
  const fault = await checkArguments(approval, args);
  if (fault !== undefined) throw new ReeveError('invalid_arguments', fault);
  const shown = await payloads.read(workspace, approval.content);
  if (shown?.bytes === undefined)
    throw new ReeveError('conflict', `what ${approval.id} showed was erased; it can only be denied`);
  const content = parseContent(shown.bytes);
  const bytes = contentBytes({
    ...content,
    args,
    proposedArgs: content.proposedArgs ?? content.args,
    editedBy: by.name,
  });
  const {
    id,
    digest: salted,
    size,
    statement,
  } = payloads.keep({
    workspace,
    action,
    part: 'request',
    bytes,
    keepUntilMs: shown.keepUntilMs,
  });
  return { args, argsDigest, ref: { id, digest: salted, size }, statement };
}

function digest(target: string, args: Readonly<Record<string, unknown>>): string {
  try {
    return callDigest(target, args);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ReeveError('invalid_arguments', `the arguments cannot be written as JSON: ${error.message}`);
  }
}
