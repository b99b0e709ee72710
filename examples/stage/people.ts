import { ReeveApiError, ReeveClient } from '@reeve/sdk';
import type { Reeve } from '@reeve/testkit';

/** A person with a token that lets them decide about held actions, and nothing else. */
export class Approver {
  readonly email: string;
  readonly #client: ReeveClient;

  private constructor(email: string, client: ReeveClient) {
    this.email = email;
    this.#client = client;
  }

  static async of(reeve: Reeve, email: string): Promise<Approver> {
    const { token } = await reeve.admin.call('tokens.create', { body: { email, role: 'approver' } });
    return new Approver(email, new ReeveClient({ url: reeve.url, token }));
  }

  /** What waits, oldest first, with everything that one needs to decide. */
  async questions() {
    const { items } = await this.#client.call('approvals.list', { query: { state: 'pending' } });
    return Promise.all(
      items.toReversed().map(({ id }) => this.#client.call('approvals.get', { params: { approval: id } })),
    );
  }

  /** Approves exactly what was shown. */
  approve({ id, digest }: Question): Promise<string> {
    return decided(this.#client.call('approvals.approve', { params: { approval: id }, body: { digest } }));
  }

  deny({ id }: Question, reason: string): Promise<string> {
    return decided(this.#client.call('approvals.deny', { params: { approval: id }, body: { reason } }));
  }
}

export type Question = Awaited<ReturnType<Approver['questions']>>[number];

/** What became of it, or why this person may not decide. */
async function decided(reply: Promise<{ state: string }>): Promise<string> {
  try {
    return (await reply).state;
  } catch (error) {
    if (error instanceof ReeveApiError) return `refused: ${error.message}`;
    throw error;
  }
}
