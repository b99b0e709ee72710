import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Agent,
  type ApprovalId,
  agentSchema,
  approvalsSchema,
  type Effect,
  type Finding,
  type RunId,
  type ToolDeclaration,
  toolServerSchema,
  workspaceSchema,
} from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import { Ledger, LedgerReader, openPayloadCipher, PayloadStore } from '../../audit/index.ts';
import { newId, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import type { HeldAction } from '../approval-desk.ts';
import { Approvals, type ApprovalsParts } from '../approvals.ts';
import { callDigest } from '../call-digest.ts';

export const MAYA = { id: 'per_maya', name: 'maya@example.com' };
export const OMAR = { id: 'per_omar', name: 'omar@example.com' };
export const LEE = { id: 'per_lee', name: 'lee@example.com' };

export interface Call {
  readonly agent?: string;
  readonly workspace?: string;
  readonly tool?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly user?: string;
  readonly amount?: number;
  readonly effect?: Effect;
  readonly findings?: readonly Finding[];
  readonly dryRun?: boolean;
  /** What a guardrail makes of the arguments. */
  readonly redact?: (args: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

export type Ended =
  | { readonly kind: 'passed'; readonly by: string | undefined; readonly args: Readonly<Record<string, unknown>> }
  | { readonly kind: 'waits'; readonly approval: ApprovalId; readonly message: string }
  | { readonly kind: 'refused'; readonly code: string | undefined; readonly message: string };

export const HOLD: Finding = { by: 'policy', verdict: 'hold', message: 'a policy holds it', rule: 'p.cedar#1' };

/** A desk on a real database, with the stages of the pipeline that ask it, and a clock of its own. */
export class ApprovalWorld {
  nowMs = 1_800_000_000_000;
  /** A clock that nobody can set. */
  steadyMs = 0;
  readonly revoked = new Set<string>();
  readonly approvers = new Set([MAYA.name, OMAR.name, LEE.name]);
  readonly events: string[] = [];
  readonly faults: unknown[] = [];
  /** Called when an intent is about to be written. */
  beforeIntent: () => Promise<void> | void = () => undefined;
  readonly #directory = mkdtempSync(join(tmpdir(), 'reeve-approvals-'));
  storage!: Storage;
  ledger!: Ledger;
  desk!: Approvals;
  #version = 1;
  readonly #versions = new Map<string, string>();
  #fleet = this.fleet({});

  static async open(objects: readonly object[] = []): Promise<ApprovalWorld> {
    const world = new ApprovalWorld();
    world.#fleet = world.fleet({ objects });
    await world.start();
    return world;
  }

  async start(more: Partial<ApprovalsParts> = {}): Promise<void> {
    const now = () => this.nowMs;
    this.storage = await openSqlite(this.#directory);
    const onFault = (_message: string, error: unknown) => void this.faults.push(error);
    this.ledger = await Ledger.open({ storage: this.storage, origin: 'example.com/log', onFault });
    const cipher = openPayloadCipher(this.#directory);
    const payloads = new PayloadStore({ storage: this.storage, ledger: this.ledger, cipher, now });
    this.desk = new Approvals({
      ...{ storage: this.storage, ledger: this.ledger, payloads, now, onFault },
      people: {
        isApprover: (_workspace, address) => this.approvers.has(address),
        isRevoked: (_workspace, address) => this.revoked.has(address),
      },
      steady: () => this.steadyMs,
      meter: { approvalNoticed: ({ kind }) => void this.events.push(kind) },
      ...more,
    });
    await this.desk.load();
    await this.apply(this.#fleet);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.desk[Symbol.asyncDispose]();
    await this.ledger[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  fleet({ objects = [], agents = [], workspace = 'default' }: FleetOptions): Fleet {
    const person = (name: string, more: object) =>
      agentSchema.parse({ kind: 'Agent', name, owner: 'owner@example.com', purpose: 'test', ...more });
    const all = [
      person('clerk', { autonomy: 'supervised', sponsor: 'sponsor@example.com' }),
      person('pilot', { autonomy: 'pilot' }),
      person('auto', { autonomy: 'autopilot' }),
      person('shade', { autonomy: 'shadow' }),
      ...agents,
    ];
    const parsed = objects.map((object) => approvalsSchema.parse({ kind: 'Approvals', ...object }));
    return {
      workspace,
      version: `sha256:${this.#version++}`,
      settings: workspaceSchema.parse({ kind: 'Workspace', name: workspace }),
      agents: new Map(all.map((agent) => [agent.name, agent])),
      toolServers: new Map(),
      models: new Map(),
      secrets: new Map(),
      budgets: new Map(),
      guardrails: new Map(),
      riskRules: new Map(),
      approvals: new Map(parsed.map((object) => [object.name, object])),
      policies: [],
    };
  }

  async apply(fleet: Fleet): Promise<void> {
    const { problems, activate } = await this.desk.prepare(fleet);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    this.#fleet = fleet;
    this.#versions.set(fleet.workspace, fleet.version);
    activate();
  }

  /** recall, clear, decide, record-intent, record-outcome: as the pipeline asks the desk. */
  async call(call: Call = {}): Promise<Ended> {
    const held = this.held(call);
    const recalled = held.effect === 'read' ? undefined : this.desk.recall(held);
    const current = recalled?.args ?? held.args;
    const args = call.redact?.(current) ?? current;
    const findings = call.findings ?? [HOLD];
    const isHeld = findings.some(({ verdict }) => verdict === 'hold');
    if (!isHeld && recalled === undefined) return { kind: 'passed', by: undefined, args };
    const argsDigest = callDigest(held.target, args);
    const clearance = this.desk.clear({ ...held, args, argsDigest, findings }, recalled);
    if (clearance.kind === 'refused')
      return { kind: 'refused', code: clearance.finding.code, message: clearance.finding.message };
    if (clearance.kind === 'waits') {
      let recorded = false;
      try {
        await this.ledger.append(clearance.entries, clearance.statements, 'power');
        recorded = true;
      } finally {
        clearance.settled(recorded);
      }
      return { kind: 'waits', approval: clearance.approval, message: clearance.finding.message };
    }
    if (call.dryRun === true) return { kind: 'passed', by: clearance.by, args };
    let intended = false;
    try {
      await this.beforeIntent();
      await this.ledger.append(clearance.entries, clearance.statements, 'power');
      intended = true;
    } catch (error) {
      if (!(error instanceof ReeveError)) throw error;
      return { kind: 'refused', code: error.code, message: error.message };
    } finally {
      clearance.settled(intended);
    }
    return { kind: 'passed', by: clearance.by, args };
  }

  held(call: Call): HeldAction {
    const { workspace = 'default', tool = 'bank.pay', args = { to: 'acme', cents: 500 }, effect = 'pay' } = call;
    const target = tool;
    const digest = callDigest(target, args);
    return {
      ...{ workspace, target, args, effect, atMs: this.nowMs, dryRun: call.dryRun === true },
      digest: effect === 'read' ? '' : digest,
      argsDigest: digest,
      agent: this.agent(call.agent ?? 'clerk'),
      action: newId('action', this.nowMs),
      run: (call.run ?? 'run_1') as RunId,
      root: (call.run ?? 'run_1') as RunId,
      reversible: 'irreversible',
      declaration: undefined,
      fleetVersion: this.#versions.get(workspace) ?? '',
      findings: call.findings ?? [HOLD],
      risk: 40,
      amount: call.amount,
      subject: 'an invoice',
      destination: 'acme',
      reason: 'it is due',
      user: call.user,
      session: undefined,
      feature: undefined,
    };
  }

  agent(name: string): Agent {
    const agent = this.#fleet.agents.get(name);
    if (agent === undefined) throw new Error(`no agent ${name}`);
    return agent;
  }

  declared(reversible: unknown): ToolDeclaration {
    const tool = reversible === undefined ? { effect: 'pay' } : { effect: 'pay', reversible };
    const { tools } = toolServerSchema.parse({
      ...{ kind: 'ToolServer', name: 'bank', transport: { http: 'http://127.0.0.1/mcp' } },
      tools: { pay: tool },
    });
    return tools.pay as ToolDeclaration;
  }

  /** Held, and its approval. */
  async asked(call: Call = {}): Promise<ApprovalId> {
    const ended = await this.call(call);
    if (ended.kind !== 'waits') throw new Error(`expected it to wait: ${JSON.stringify(ended)}`);
    return ended.approval;
  }

  async digest(approval: ApprovalId, workspace = 'default'): Promise<string> {
    return (await this.desk.show(workspace, approval))?.approval.argsDigest ?? '';
  }

  async approve(approval: ApprovalId, by = MAYA, more: object = {}) {
    const digest = await this.digest(approval);
    return this.desk.decide('default', approval, by, { verdict: 'approve', digest, ...more });
  }

  async entries(): Promise<EntryBody[]> {
    const items = await new LedgerReader(this.storage, this.ledger.directory).entries(0, 1_000);
    return items.map(({ entry }) => entry as EntryBody);
  }
}

interface FleetOptions {
  readonly objects?: readonly object[];
  readonly agents?: readonly Agent[];
  readonly workspace?: string;
}
