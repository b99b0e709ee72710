import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionId, Agent, Effect, RunId } from '@reeve/contracts';
import { must, newId } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import type { RiskAssessment, RiskFacts } from '../risk-assessor.ts';
import { type RiskAlert, RiskEngine, type RiskEngineOptions } from '../risk-engine.ts';
import { fleetWith } from './fleet.ts';

export const NOON = Date.parse('2026-11-18T11:00:00Z');
export const MINUTE = 60_000;

/** A call as tests write it. */
export interface Call {
  readonly tool: string;
  readonly args?: Record<string, unknown>;
  readonly agent?: string;
  readonly run?: string;
  readonly root?: string;
  readonly user?: string;
  readonly session?: string;
  readonly atMs?: number;
  readonly labels?: readonly string[];
  readonly kind?: RiskFacts['kind'];
  readonly amount?: number | undefined;
  readonly workspace?: string;
}

/** The engine on a real database, with one RiskRules object in force. */
export class Desk implements AsyncDisposable {
  engine: RiskEngine;
  storage: Storage;
  readonly directory: string;
  readonly alerts: RiskAlert[] = [];
  readonly opinions: unknown[] = [];
  history: Awaited<ReturnType<RiskEngineOptions['history']>> = {
    firstAtMs: undefined,
    lastRefusedAtMs: undefined,
    executed: 0,
  };
  #fleet: Fleet;
  readonly #options: Partial<RiskEngineOptions>;

  private constructor(directory: string, storage: Storage, fleet: Fleet, options: Partial<RiskEngineOptions>) {
    this.directory = directory;
    this.storage = storage;
    this.#fleet = fleet;
    this.#options = options;
    this.engine = this.#build();
  }

  static async open(rules: string, options: Partial<RiskEngineOptions> = {}): Promise<Desk> {
    const directory = await mkdtemp(join(tmpdir(), 'reeve-risk-'));
    const desk = new Desk(directory, await openSqlite(directory), await fleetWith(rules), options);
    await desk.#activate();
    return desk;
  }

  assess(call: Call): RiskAssessment | Promise<RiskAssessment> {
    return this.engine.assess(this.facts(call));
  }

  /** Assesses and does what the pipeline would: carries out what nothing speaks against, and takes back the rest. */
  async pass(call: Call): Promise<RiskAssessment & { readonly verdict: string }> {
    const assessment = await this.assess(call);
    const verdict = verdictOf(assessment);
    if (verdict === 'allow') await this.storage.write(assessment.statements(), 'process');
    else assessment.withdraw();
    return { ...assessment, verdict };
  }

  async restart(): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
    this.storage = await openSqlite(this.directory);
    this.engine = this.#build();
    await this.#activate();
  }

  async apply(rules: string): Promise<void> {
    this.#fleet = await fleetWith(rules);
    await this.#activate();
  }

  facts(call: Call): RiskFacts {
    return factsOf(this.#fleet, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }

  async #activate(): Promise<void> {
    const { problems, activate } = await this.engine.prepare(this.#fleet);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    activate();
  }

  #build(): RiskEngine {
    return new RiskEngine({
      storage: this.storage,
      history: async () => this.history,
      onAlert: (alert) => this.alerts.push(alert),
      onOpinion: (event) => this.opinions.push(event),
      onFault: (message, error) => {
        throw new Error(message, { cause: error });
      },
      ...this.#options,
    });
  }
}

export function verdictOf({ findings }: RiskAssessment): 'allow' | 'hold' | 'deny' {
  if (findings.some(({ verdict }) => verdict === 'deny')) return 'deny';
  return findings.some(({ verdict }) => verdict === 'hold') ? 'hold' : 'allow';
}

export function factsOf(fleet: Fleet, call: Call): RiskFacts {
  const { tool, args = {}, kind = 'tool.call' } = call;
  const [server = '', name = ''] = tool.split('.');
  const declaration = fleet.toolServers.get(server)?.tools[name];
  const effect: Effect = kind === 'tool.call' ? (declaration?.effect ?? 'write') : 'read';
  const amount = 'amount' in call ? call.amount : declaration?.amount === undefined ? undefined : args.amount;
  const run = call.run ?? 'run_1';
  return {
    action: newId('action') as ActionId,
    kind,
    workspace: call.workspace ?? 'default',
    agent: must(fleet.agents.get(call.agent ?? 'buyer'), 'an agent') as Agent,
    run: run as RunId,
    root: (call.root ?? run) as RunId,
    user: call.user,
    feature: undefined,
    session: call.session,
    target: tool,
    effect,
    reversible: 'irreversible',
    args,
    amount: amount as number | undefined,
    subject: undefined,
    destination: undefined,
    labels: call.labels ?? [],
    findings: [],
    reason: undefined,
    timeZone: fleet.settings.timeZone,
    atMs: call.atMs ?? NOON,
  };
}
