import type { SqlRow, Statement, Storage } from '../../../storage/index.ts';
import type { PinnedDefinition, ToolPin } from './tool-pin.ts';

interface PinRow extends SqlRow {
  workspace: string;
  server: string;
  tool: string;
  pinned_hash: string | null;
  pinned_definition: string | null;
  pinned_at: number | null;
  pinned_by: string | null;
  seen_hash: string;
  seen_definition: string;
  seen_at: number;
}

const COLUMNS =
  'workspace, server, tool, pinned_hash, pinned_definition, pinned_at, pinned_by, seen_hash, seen_definition, seen_at';
const SELECT_SERVER = `SELECT ${COLUMNS} FROM mcp_tool_pin WHERE workspace = ? AND server = ? ORDER BY tool`;
const SELECT_ONE = `SELECT ${COLUMNS} FROM mcp_tool_pin WHERE workspace = ? AND server = ? AND tool = ?`;
const SELECT_OPEN = `SELECT ${COLUMNS} FROM mcp_tool_pin
  WHERE workspace = ? AND (pinned_hash IS NULL OR pinned_hash <> seen_hash) ORDER BY server, tool LIMIT ?`;
const SELECT_NAMES = 'SELECT server, tool FROM mcp_tool_pin WHERE workspace = ? ORDER BY server, tool LIMIT ?';
const INSERT = `INSERT INTO mcp_tool_pin (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, server, tool) DO NOTHING`;
const UPDATE_SEEN = `UPDATE mcp_tool_pin SET seen_hash = ?, seen_definition = ?, seen_at = ?
  WHERE workspace = ? AND server = ? AND tool = ? AND seen_hash <> ?`;
const APPROVE = `UPDATE mcp_tool_pin SET pinned_hash = seen_hash, pinned_definition = seen_definition, pinned_at = ?, pinned_by = ?
  WHERE workspace = ? AND server = ? AND tool = ? AND seen_hash = ?`;
const MAX_LISTED = 1_000;
const MAX_NAMES = 100_000;

/** Tool definitions that were approved, and what servers said last. */
export class ToolPinStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async ofServer(workspace: string, server: string): Promise<ToolPin[]> {
    return (await this.#storage.read<PinRow>(SELECT_SERVER, [workspace, server])).map(toPin);
  }

  async one(workspace: string, server: string, tool: string): Promise<ToolPin | undefined> {
    const [row] = await this.#storage.read<PinRow>(SELECT_ONE, [workspace, server, tool]);
    return row === undefined ? undefined : toPin(row);
  }

  /** Tools that wait for a person. */
  async open(workspace: string): Promise<ToolPin[]> {
    return (await this.#storage.read<PinRow>(SELECT_OPEN, [workspace, MAX_LISTED])).map(toPin);
  }

  /** Every tool that a server of the workspace was ever seen to offer. */
  names(workspace: string): Promise<readonly { server: string; tool: string }[]> {
    return this.#storage.read<Pick<PinRow, 'server' | 'tool'> & SqlRow>(SELECT_NAMES, [workspace, MAX_NAMES]);
  }

  /** Where two replicas see a tool first, the row of one of them counts for both. */
  async add(pins: readonly ToolPin[]): Promise<void> {
    if (pins.length > 0) await this.#storage.write(pins.map(insertion), 'power');
  }

  async see(pins: readonly ToolPin[]): Promise<void> {
    if (pins.length === 0) return;
    const unit = pins.map(({ seen, workspace, server, tool }) => ({
      sql: UPDATE_SEEN,
      params: [seen.hash, seen.definition, seen.atMs, workspace, server, tool, seen.hash],
    }));
    await this.#storage.write(unit, 'power');
  }

  /** False where the server meanwhile says something else than the reviewer read. */
  async approve(pin: ToolPin, by: string, atMs: number): Promise<boolean> {
    const params = [atMs, by, pin.workspace, pin.server, pin.tool, pin.seen.hash];
    const result = await this.#storage.write([{ sql: APPROVE, params, expect: 1 }], 'power');
    return result.ok;
  }
}

function insertion(pin: ToolPin): Statement {
  const { workspace, server, tool, pinned, seen } = pin;
  return {
    sql: INSERT,
    params: [
      workspace,
      server,
      tool,
      pinned?.hash ?? null,
      pinned?.definition ?? null,
      pinned?.atMs ?? null,
      pinned?.by ?? null,
      seen.hash,
      seen.definition,
      seen.atMs,
    ],
  };
}

function toPin(row: PinRow): ToolPin {
  return {
    workspace: row.workspace,
    server: row.server,
    tool: row.tool,
    pinned: pinnedOf(row),
    seen: { hash: row.seen_hash, definition: row.seen_definition, atMs: Number(row.seen_at) },
  };
}

function pinnedOf(row: PinRow): PinnedDefinition | undefined {
  if (row.pinned_hash === null || row.pinned_definition === null) return undefined;
  return {
    hash: row.pinned_hash,
    definition: row.pinned_definition,
    atMs: Number(row.pinned_at),
    by: row.pinned_by ?? '',
  };
}
