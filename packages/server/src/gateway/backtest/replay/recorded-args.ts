import { parseStrictJson } from '../../../lib/index.ts';
import type { ActionRecord } from '../../../traces/index.ts';
import type { NotReplayed } from './recorded-call.ts';

type Args = Readonly<Record<string, unknown>>;

/** Where the content of calls is kept. */
export interface RecordedPayloads {
  read(workspace: string, id: string): Promise<{ readonly bytes: Uint8Array | undefined } | undefined>;
}

const NO_ARGS: Args = {};
/** Under which name each wire keeps what it was called with. */
const FIELDS = ['arguments', 'args', 'params'] as const;

/** What a recorded tool call was called with. Of a model call nothing is read: rules see no arguments of it. */
export async function recordedArgs(payloads: RecordedPayloads, record: ActionRecord): Promise<Args | NotReplayed> {
  if (record.kind === 'model.generate') return NO_ARGS;
  if (record.requestPayload === undefined) return 'neverKept';
  const payload = await payloads.read(record.workspace, record.requestPayload);
  if (payload === undefined) return 'erased';
  if (payload.bytes === undefined) return 'tooLarge';
  const content = parseStrictJson(payload.bytes) as Args;
  for (const field of FIELDS) {
    const value = content[field];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Args;
  }
  return NO_ARGS;
}
