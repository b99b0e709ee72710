import type { ActionKind, ErrorCode, OutcomeKind } from '@reeve/contracts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/** One method per business event feeds log and metrics together, so that they cannot drift apart. */
export class Events {
  readonly #log: Logger;
  readonly #registry = new Registry();
  readonly #actions: Counter<'kind' | 'outcome' | 'code'>;
  readonly #duration: Histogram<'kind'>;
  readonly #cost: Counter<'workspace'>;
  readonly #incidents: Counter<'event'>;
  readonly #opinions: Counter<'verdict'>;
  readonly #approvals: Counter<'event'>;
  readonly #approvalWait: Histogram;
  readonly #deliveries: Counter<'channel' | 'result'>;
  readonly #actionSeries = new Map<string, { inc(): void }>();

  constructor(log: Logger) {
    this.#log = log;
    const registers = [this.#registry];
    this.#actions = new Counter({
      name: 'reeve_actions_total',
      help: 'Actions by how they ended',
      labelNames: ['kind', 'outcome', 'code'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'reeve_action_seconds',
      help: 'Time from request to recorded outcome',
      labelNames: ['kind'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120],
      registers,
    });
    this.#cost = new Counter({
      name: 'reeve_cost_usd_total',
      help: 'Settled cost in dollars',
      labelNames: ['workspace'],
      registers,
    });
    this.#opinions = new Counter({
      name: 'reeve_second_opinions_total',
      help: 'Second opinions by what they said; none where there was no usable answer in time',
      labelNames: ['verdict'],
      registers,
    });
    this.#incidents = new Counter({
      name: 'reeve_events_total',
      help: 'Events an operator may want to hear of',
      labelNames: ['event'],
      registers,
    });
    this.#deliveries = new Counter({
      name: 'reeve_approval_deliveries_total',
      help: 'Messages to people about approvals, by channel and result',
      labelNames: ['channel', 'result'],
      registers,
    });
    this.#approvals = new Counter({
      name: 'reeve_approvals_total',
      help: 'What happened to approvals: requested, approved, denied, expired, withdrawn, used and so on',
      labelNames: ['event'],
      registers,
    });
    this.#approvalWait = new Histogram({
      name: 'reeve_approval_wait_seconds',
      help: 'How long held actions waited until people decided, or their time was over',
      buckets: [5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
      registers,
    });
  }

  /** What waits for people is counted when somebody asks. */
  countPending(pending: () => number): void {
    new Gauge({
      name: 'reeve_approvals_pending',
      help: 'Held actions that wait for people now',
      registers: [this.#registry],
      collect() {
        this.set(pending());
      },
    });
  }

  approvalNoticed(event: { kind: string; waitMs: number | undefined }): void {
    this.#approvals.inc({ event: event.kind });
    if (event.waitMs !== undefined) this.#approvalWait.observe(event.waitMs / 1_000);
  }

  approvalDelivered(event: { channel: string }): void {
    this.#deliveries.inc({ channel: event.channel, result: 'delivered' });
  }

  approvalNotDelivered(event: {
    workspace: string;
    approval: string;
    object: string;
    channel: string;
    attempts: number;
    final: boolean;
    error: unknown;
  }): void {
    const { error, ...rest } = event;
    this.#deliveries.inc({ channel: event.channel, result: event.final ? 'given_up' : 'failed' });
    const message = event.final ? 'a message about an approval was given up' : 'a message about an approval failed';
    this.#log.warn({ ...rest, err: error, detail: detailOf(error) }, message);
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  actionEnded(event: {
    kind: ActionKind;
    outcome: OutcomeKind;
    code: ErrorCode | undefined;
    durationMs: number;
    workspace: string | undefined;
    costUsd: number;
  }): void {
    const code = event.code ?? '';
    const key = `${event.kind} ${event.outcome} ${code}`;
    let series = this.#actionSeries.get(key);
    if (series === undefined) {
      const labels = { kind: event.kind, outcome: event.outcome, code };
      series = { inc: () => this.#actions.inc(labels) };
      this.#actionSeries.set(key, series);
    }
    series.inc();
    this.#duration.observe({ kind: event.kind }, event.durationMs / 1_000);
    if (event.costUsd > 0 && event.workspace !== undefined)
      this.#cost.inc({ workspace: event.workspace }, event.costUsd);
  }

  failedClosed(event: { action: string; stage: string; error: unknown }): void {
    this.#incidents.inc({ event: 'failed_closed' });
    this.#log.error(
      { action: event.action, stage: event.stage, err: event.error, detail: detailOf(event.error) },
      'refused: could not decide or record',
    );
  }

  shadowSeen(event: { fingerprint: string; reason: string }): void {
    this.#incidents.inc({ event: 'shadow_seen' });
    this.#log.warn(event, 'a caller that nobody registered');
  }

  stopOrdered(event: {
    workspace: string;
    target: string;
    by: string;
    abortedInFlight: number;
    elapsedMs: number;
  }): void {
    this.#incidents.inc({ event: 'stop_ordered' });
    this.#log.warn(event, 'stopped');
  }

  capReached(event: { workspace: string; scope: string; percent: number }): void {
    this.#incidents.inc({ event: 'cap_reached' });
    this.#log.warn(event, 'a budget cap is near or reached');
  }

  riskAlert(event: {
    workspace: string;
    agent: string;
    run: string;
    action: string;
    tool: string;
    rule: string;
    say: string;
    risk: number;
  }): void {
    this.#incidents.inc({ event: 'risk_alert' });
    this.#log.warn(event, 'a risk rule raised an alert');
  }

  /** What it cost is also in the costs of its workspace. */
  opinionGiven(event: {
    workspace: string;
    agent: string;
    action: string;
    rule: string;
    verdict: string;
    model: string;
    costUsd: number;
    durationMs: number;
    failure?: string;
  }): void {
    this.#opinions.inc({ verdict: event.failure === undefined ? event.verdict : 'none' });
    if (event.costUsd > 0) this.#cost.inc({ workspace: event.workspace }, event.costUsd);
    if (event.failure === undefined) this.#log.info(event, 'second opinion');
    else this.#log.warn(event, 'no second opinion; the action is held');
  }

  fleetApplied(event: { workspace: string; version: string; by: string }): void {
    this.#incidents.inc({ event: 'fleet_applied' });
    this.#log.info(event, 'fleet applied');
  }

  fleetNotLoaded(event: { workspace: string; problems: readonly unknown[] }): void {
    this.#incidents.inc({ event: 'fleet_not_loaded' });
    this.#log.error(event, 'the stored fleet of this workspace cannot be put in force; its agents are refused');
  }

  secretMissing(event: { workspace: string; secret: string; problem: string }): void {
    this.#incidents.inc({ event: 'secret_missing' });
    // A field named `secret` would be redacted, and this is only its name.
    const { secret: secretName, ...rest } = event;
    this.#log.warn({ secretName, ...rest }, 'a secret has no value; calls that need it are refused');
  }

  toolServerSaid(event: { workspace: string; server: string; line: string }): void {
    this.#log.info(event, 'tool server');
  }

  started(event: { url: string; readyMs: number }): void {
    this.#log.info(event, 'ready');
  }

  recovered(event: { actions: number }): void {
    if (event.actions > 0) this.#log.warn(event, 'closed actions that were under way when the process died');
  }

  fault(message: string, error: unknown): void {
    this.#incidents.inc({ event: 'fault' });
    this.#log.error({ err: error, detail: detailOf(error) }, message);
  }
}

function detailOf(error: unknown): unknown {
  return error instanceof Error && 'detail' in error ? error.detail : undefined;
}
