import type { ActionId, ApprovalId } from '@reeve/contracts';
import type { SqlRow, Statement, Storage } from '../../../storage/index.ts';

/** `running`: people approved and the call is under way; clients hear `working`. */
export type TaskStatus = 'working' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A held call as a task: who asked what, and what became of it. */
export interface HeldTask {
  readonly id: string;
  readonly workspace: string;
  readonly agent: string;
  /** Server name, or empty at the aggregate. */
  readonly endpoint: string;
  readonly approval: ApprovalId;
  /** The action that was held. */
  readonly action: ActionId;
  readonly status: TaskStatus;
  /** Ids in the payload store. */
  readonly request: string;
  readonly answer: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly untilMs: number;
}

const COLUMNS =
  'id, workspace, agent, endpoint, approval, action, status, request, answer, created_at, updated_at, until';
const INSERT = `INSERT INTO mcp_task (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'working', ?, NULL, ?, ?, ?)`;
const ONE = `SELECT ${COLUMNS} FROM mcp_task WHERE id = ? AND workspace = ? AND agent = ? AND endpoint = ? AND until > ?`;
const COUNT = 'SELECT COUNT(*) AS count FROM mcp_task WHERE workspace = ? AND agent = ? AND until > ?';
const MOVE = 'UPDATE mcp_task SET status = ?, approval = ?, updated_at = ? WHERE id = ? AND status = ?';
const END =
  "UPDATE mcp_task SET status = ?, answer = ?, updated_at = ? WHERE id = ? AND status IN ('working', 'running')";
const FORGET = 'DELETE FROM mcp_task WHERE until < ?';

interface Row extends SqlRow {
  id: string;
  workspace: string;
  agent: string;
  endpoint: string;
  approval: string;
  action: string;
  status: string;
  request: string;
  answer: string | null;
  created_at: number;
  updated_at: number;
  until: number;
}

/** Rows of held calls that clients poll as tasks. */
export class TaskStore {
  readonly #storage: Pick<Storage, 'read' | 'write'>;

  constructor(storage: Pick<Storage, 'read' | 'write'>) {
    this.#storage = storage;
  }

  async count(workspace: string, agent: string, nowMs: number): Promise<number> {
    const [row] = await this.#storage.read<{ count: number }>(COUNT, [workspace, agent, nowMs]);
    return Number(row?.count ?? 0);
  }

  /** Durable when it resolves: the client is told the id next. */
  async create(task: HeldTask, request: Statement): Promise<void> {
    const { id, workspace, agent, endpoint, approval, action, createdAtMs, untilMs } = task;
    const params = [id, workspace, agent, endpoint, approval, action, task.request, createdAtMs, createdAtMs, untilMs];
    await this.#storage.write([request, { sql: INSERT, params }, { sql: FORGET, params: [createdAtMs] }], 'power');
  }

  /** Of this very agent at this very endpoint. */
  async one(
    at: Pick<HeldTask, 'id' | 'workspace' | 'agent' | 'endpoint'>,
    nowMs: number,
  ): Promise<HeldTask | undefined> {
    const { id, workspace, agent, endpoint } = at;
    const [row] = await this.#storage.read<Row>(ONE, [id, workspace, agent, endpoint, nowMs]);
    return row === undefined ? undefined : toTask(row);
  }

  /** Whether it stood there: of two polls at once, one moves it. */
  async move(task: HeldTask, from: TaskStatus, to: TaskStatus, approval: ApprovalId, nowMs: number): Promise<boolean> {
    const statement = { sql: MOVE, params: [to, approval, nowMs, task.id, from], expect: 1 };
    return (await this.#storage.write([statement], 'power')).ok;
  }

  async end(
    { id }: HeldTask,
    status: 'completed' | 'failed' | 'cancelled',
    answer: { readonly id: string; readonly statement: Statement } | undefined,
    nowMs: number,
  ): Promise<void> {
    const end = { sql: END, params: [status, answer?.id ?? null, nowMs, id] };
    await this.#storage.write(answer === undefined ? [end] : [answer.statement, end], 'process');
  }
}

function toTask(row: Row): HeldTask {
  return {
    id: row.id,
    workspace: row.workspace,
    agent: row.agent,
    endpoint: row.endpoint,
    approval: row.approval as ApprovalId,
    action: row.action as ActionId,
    status: row.status as TaskStatus,
    request: row.request,
    answer: row.answer ?? undefined,
    createdAtMs: Number(row.created_at),
    updatedAtMs: Number(row.updated_at),
    untilMs: Number(row.until),
  };
}
