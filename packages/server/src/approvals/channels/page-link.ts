import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a signed token lets somebody do. */
export interface PageGrant {
  /** `see`: a link in a mail. `decide`: one answer, in the form of a page that was shown. */
  readonly may: 'see' | 'decide';
  readonly workspace: string;
  readonly approval: string;
  /** Whose it is. */
  readonly address: string;
  readonly untilMs: number;
  /** What the page showed, for `decide`. */
  readonly saw?: { readonly argsDigest: string; readonly count: number } | undefined;
  /** Names the token, so that it counts once. */
  readonly nonce: string;
}

const MAX_TOKEN_LENGTH = 2_000;
const NONCE_BYTES = 16;

/** Signs what is put into mails and forms. Nobody can make or change a token; each is good for one approval and one person. */
export class PageLinks {
  readonly #key: Uint8Array;
  readonly #now: () => number;

  constructor(key: Uint8Array, now: () => number = Date.now) {
    this.#key = key;
    this.#now = now;
  }

  sign(grant: Omit<PageGrant, 'nonce'>): string {
    const { may, workspace, approval, address, untilMs, saw } = grant;
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const text = JSON.stringify([may, workspace, approval, address, untilMs, nonce, saw]);
    const body = Buffer.from(text).toString('base64url');
    return `${body}.${this.#mac(body).toString('base64url')}`;
  }

  /** Undefined where we did not sign it for this, or it ran out. */
  open(token: unknown, may: PageGrant['may'], approval: string): PageGrant | undefined {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return undefined;
    const [body, mac, ...more] = token.split('.');
    if (body === undefined || mac === undefined || more.length > 0) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const [what, workspace, of, address, untilMs, nonce, saw] = JSON.parse(
      Buffer.from(body, 'base64url').toString('utf8'),
    ) as [PageGrant['may'], string, string, string, number, string, (PageGrant['saw'] | null)?];
    if (what !== may || of !== approval || untilMs < this.#now()) return undefined;
    return { may, workspace, approval, address, untilMs, nonce, saw: saw ?? undefined };
  }

  #mac(body: string): Buffer {
    return createHmac('sha256', this.#key).update('reeve approval page 1\0').update(body).digest();
  }
}
