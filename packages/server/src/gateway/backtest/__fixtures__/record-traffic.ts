import type { Finding, Outcome, Verdict } from '@reeve/contracts';
import { openPayloadCipher, PayloadStore } from '../../../audit/index.ts';
import { newId } from '../../../lib/index.ts';
import { openSqlite, type Statement, type Storage } from '../../../storage/index.ts';
import { ActionRecords } from '../../../traces/index.ts';

// Writes recorded calls as the pipeline would, without deciding or executing anything: a month of traffic in seconds.

export interface PastCall {
  readonly agent: string;
  /** `server.tool`; without one it is a model call. */
  readonly tool?: string;
  readonly model?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly effect?: 'read' | 'write' | 'pay' | 'send' | 'deploy';
  readonly atMs: number;
  readonly verdict?: Verdict;
  readonly findings?: readonly Finding[];
  /** Whether its content was kept; of refused calls it is not. */
  readonly kept?: boolean;
  readonly outcome?: Outcome;
  readonly run?: string;
}

const UNIT_CALLS = 500;
const PERMITTED: Finding = { by: 'policy', verdict: 'allow', message: 'permitted', rule: 'base' };
const KEEP_MS = 365 * 86_400_000;

export class TrafficRecorder {
  readonly #storage: Storage;
  readonly #records: ActionRecords;
  readonly #payloads: PayloadStore;

  constructor(storage: Storage, directory: string = storage.directory) {
    this.#storage = storage;
    this.#records = new ActionRecords(storage, 'recorded');
    this.#payloads = payloadStore(storage, directory);
  }

  async record(workspace: string, calls: Iterable<PastCall>): Promise<readonly string[]> {
    const ids: string[] = [];
    let unit: Statement[] = [];
    let count = 0;
    for (const call of calls) {
      const { id, statements } = this.#statementsOf(workspace, call);
      ids.push(id);
      unit.push(...statements);
      if (++count % UNIT_CALLS !== 0) continue;
      await this.#storage.write(unit, 'process');
      unit = [];
    }
    if (unit.length > 0) await this.#storage.write(unit, 'process');
    return ids;
  }

  #statementsOf(workspace: string, call: PastCall): { id: string; statements: Statement[] } {
    const { agent, tool, model, args = {}, atMs, verdict = 'allow', findings = [PERMITTED] } = call;
    const id = newId('action', atMs);
    const runId = call.run ?? newId('run', atMs);
    const passed = verdict === 'allow' || verdict === 'modify';
    const payload =
      call.kept ?? (passed && tool !== undefined)
        ? this.#payloads.keep({
            ...{ workspace, action: id, part: 'request' },
            bytes: Buffer.from(JSON.stringify({ args, tool })),
            keepUntilMs: Date.now() + KEEP_MS,
          })
        : undefined;
    const decided = {
      ...{ id, workspace, agent, findings, verdict, risk: 0, startedAtMs: atMs, decidedAtMs: atMs },
      run: { id: runId, name: runId, root: runId, workspace, agent, parent: undefined, startedAtMs: atMs },
      kind: tool === undefined ? 'model.generate' : 'tool.call',
      target: tool ?? model,
      effect: call.effect ?? 'read',
      requestPayload: payload?.id,
    } as unknown as Parameters<ActionRecords['refusedStatements']>[0];
    const outcome = call.outcome ?? { kind: passed ? 'succeeded' : verdict === 'hold' ? 'held' : 'denied' };
    const ended = { id, workspace, outcome, findings, endedAtMs: atMs + 5, costNanoUsd: 0 };
    const kept = payload === undefined ? [] : [payload.statement];
    return { id, statements: [...kept, ...this.#records.refusedStatements(decided, ended)] };
  }
}

export function payloadStore(storage: Storage, directory: string = storage.directory): PayloadStore {
  const ledger = { append: () => Promise.reject(new Error('nothing is written here')) };
  return new PayloadStore({ storage, ledger, cipher: openPayloadCipher(directory) });
}

/** Into the data directory of a server that is not running. */
export async function recordInto(directory: string, workspace: string, calls: Iterable<PastCall>): Promise<number> {
  await using storage = await openSqlite(directory);
  return (await new TrafficRecorder(storage, directory).record(workspace, calls)).length;
}
