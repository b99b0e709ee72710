import type { ApprovalChannels } from './approval-channels.ts';
import {
  type ApprovalCounter,
  type ChannelConfig,
  type EmailConfig,
  type Send,
  type SlackConfig,
  Undeliverable,
  type WebhookConfig,
} from './channel.ts';
import type { DeliveryStore, DueDelivery } from './delivery-store.ts';

export interface DeliveryEvents {
  approvalDelivered(event: { readonly channel: ChannelType }): void;
  approvalNotDelivered(event: {
    readonly workspace: string;
    readonly approval: string;
    readonly object: string;
    readonly channel: ChannelType;
    readonly attempts: number;
    /** Whether that was the last attempt. */
    readonly final: boolean;
    readonly error: unknown;
  }): void;
  fault(message: string, error: unknown): void;
}

export type ChannelType = 'slack' | 'email' | 'webhook';

export interface DeliveryParts {
  readonly channels: ApprovalChannels;
  readonly counter: Pick<ApprovalCounter, 'show'>;
  readonly slack: Send<SlackConfig>;
  readonly email: Send<EmailConfig>;
  readonly webhook: Send<WebhookConfig>;
  readonly events: DeliveryEvents;
  readonly now?: () => number;
  /** Waits between attempts; after the last, it is given up. */
  readonly retryAfterMs?: readonly number[];
}

const RETRY_AFTER_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 18_000_000];
const SPREAD = 0.2;
const MAX_AT_ONCE = 16;
const ATTEMPT_TIMEOUT_MS = 15_000;
const LONGEST_SLEEP_MS = 60_000;
const FORGET_AFTER_MS = 30 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

/** Works off what is to be told, in the background: no call ever waits for a channel. Goes on after a restart where it was. */
export class DeliveryRunner implements AsyncDisposable {
  readonly #parts: DeliveryParts;
  readonly #store: DeliveryStore;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #forgetAtMs = 0;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#store = parts.channels.store;
    this.#now = parts.now ?? Date.now;
  }

  run(): void {
    this.#parts.channels.onWork(() => this.wake());
    this.wake();
  }

  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#again) this.wake();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      do {
        this.#again = false;
        const due = await this.#store.due(this.#now(), MAX_AT_ONCE);
        await Promise.all(due.map((delivery) => this.#deliver(delivery)));
        if (due.length > 0) this.#again = true;
      } while (this.#again && !this.#stopping.signal.aborted);
      await this.#forget();
      this.#sleep(await this.#store.nextAtMs());
    } catch (error) {
      this.#again = false;
      this.#parts.events.fault('messages about approvals could not be worked off', error);
      this.#sleep(this.#now() + LONGEST_SLEEP_MS);
    }
  }

  #sleep(untilMs: number | undefined): void {
    if (this.#stopping.signal.aborted) return;
    const waitMs = untilMs === undefined ? LONGEST_SLEEP_MS : Math.max(0, untilMs - this.#now());
    this.#timer = setTimeout(() => this.wake(), Math.min(waitMs, LONGEST_SLEEP_MS));
    this.#timer.unref();
  }

  /** Whatever goes wrong with one message keeps no other from being told. */
  async #deliver(delivery: DueDelivery): Promise<void> {
    const config = this.#parts.channels.configOf(delivery);
    if (config === undefined) return this.#store.end(delivery.id, 'dropped', delivery.attempts);
    try {
      await this.#attempt(config, delivery);
    } catch (error) {
      if (!this.#stopping.signal.aborted) await this.#failed(config, delivery, error);
    }
  }

  async #attempt(config: ChannelConfig, delivery: DueDelivery): Promise<void> {
    const { id, kind, workspace, approval, attempts } = delivery;
    const shown = await this.#parts.counter.show(workspace, approval);
    // Nobody needs to be asked what is answered already.
    const asks = kind === 'requested' || kind === 'escalated';
    if (shown === undefined || (asks && shown.approval.state !== 'pending'))
      return this.#store.end(id, 'dropped', attempts);
    const reference = await this.#send(config, delivery, shown);
    await this.#store.end(id, 'sent', attempts + 1, reference);
    this.#parts.events.approvalDelivered({ channel: typeOf(config) });
  }

  async #failed(config: ChannelConfig, delivery: DueDelivery, error: unknown): Promise<void> {
    const { id, workspace, approval, object } = delivery;
    const attempts = delivery.attempts + 1;
    const waits = this.#parts.retryAfterMs ?? RETRY_AFTER_MS;
    const waitMs = error instanceof Undeliverable ? undefined : waits[attempts - 1];
    const event = { workspace, approval, object, channel: typeOf(config), attempts, error };
    this.#parts.events.approvalNotDelivered({ ...event, final: waitMs === undefined });
    if (waitMs === undefined) return this.#store.end(id, 'failed', attempts);
    await this.#store.retry(id, attempts, this.#now() + Math.round(waitMs * (1 + Math.random() * SPREAD)));
  }

  #send(
    config: ChannelConfig,
    delivery: DueDelivery,
    shown: Parameters<Send<unknown>>[2],
  ): Promise<string | undefined> {
    const { slack, email, webhook } = this.#parts;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]);
    if ('slack' in config) return slack(config.slack, delivery, shown, signal);
    if ('email' in config) return email(config.email, delivery, shown, signal);
    return webhook(config.webhook, delivery, shown, signal);
  }

  async #forget(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs < this.#forgetAtMs) return;
    this.#forgetAtMs = nowMs + FORGET_EVERY_MS;
    await this.#store.forget(nowMs - FORGET_AFTER_MS, nowMs);
  }
}

function typeOf(config: ChannelConfig): ChannelType {
  if ('slack' in config) return 'slack';
  return 'email' in config ? 'email' : 'webhook';
}
