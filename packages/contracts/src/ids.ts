import { z } from 'zod';

/** Prefixes are permanent: they appear in ledger entries, URLs and people's notes. */
const ID_PREFIXES = {
  agent: 'agt',
  run: 'run',
  action: 'act',
  approval: 'apr',
  grant: 'grt',
  person: 'per',
  credential: 'key',
  payload: 'pld',
  stop: 'stp',
  backtest: 'bkt',
  token: 'tok',
} as const;

export type IdNoun = keyof typeof ID_PREFIXES;
export type Id<N extends IdNoun> = `${(typeof ID_PREFIXES)[N]}_${string}`;
export type AgentId = Id<'agent'>;
export type RunId = Id<'run'>;
export type ActionId = Id<'action'>;
export type ApprovalId = Id<'approval'>;
export type GrantId = Id<'grant'>;
export type PersonId = Id<'person'>;
export type CredentialId = Id<'credential'>;
export type PayloadId = Id<'payload'>;
export type StopId = Id<'stop'>;
export type BacktestId = Id<'backtest'>;
export type TokenId = Id<'token'>;

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const RANDOM_BYTES = 10;

/**
 * A new id: prefix, nine characters of milliseconds since the epoch (so ids sort by time), sixteen of randomness.
 * @param random ten bytes from a cryptographic source
 */
export function makeId<N extends IdNoun>(noun: N, atMs: number, random: Uint8Array): Id<N> {
  if (random.length < RANDOM_BYTES) throw new Error(`an id needs ${RANDOM_BYTES} random bytes`);
  let time = '';
  let rest = atMs;
  for (let i = 0; i < 9; i++) {
    time = CROCKFORD[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let tail = '';
  for (let i = 0; i < RANDOM_BYTES; i += 5) tail += fiveBytes(random, i);
  return `${ID_PREFIXES[noun]}_${time}${tail}` as Id<N>;
}

export function isId<N extends IdNoun>(noun: N, value: string): value is Id<N> {
  return idPattern(noun).test(value);
}

export function idSchema<N extends IdNoun>(noun: N): z.ZodType<Id<N>> {
  const isOurs = (value: unknown) => typeof value === 'string' && isId(noun, value);
  return z.custom<Id<N>>(isOurs, `an id that starts with ${ID_PREFIXES[noun]}_`);
}

const patterns = new Map<IdNoun, RegExp>();

function idPattern(noun: IdNoun): RegExp {
  let pattern = patterns.get(noun);
  if (pattern === undefined) {
    pattern = new RegExp(`^${ID_PREFIXES[noun]}_[0-9a-hjkmnp-tv-z]{25}$`);
    patterns.set(noun, pattern);
  }
  return pattern;
}

function fiveBytes(bytes: Uint8Array, at: number): string {
  let high = ((bytes[at] ?? 0) << 12) | ((bytes[at + 1] ?? 0) << 4) | ((bytes[at + 2] ?? 0) >> 4);
  let low = (((bytes[at + 2] ?? 0) & 15) << 16) | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
  let head = '';
  let tail = '';
  for (let i = 0; i < 4; i++) {
    head = CROCKFORD[high & 31] + head;
    tail = CROCKFORD[low & 31] + tail;
    high >>= 5;
    low >>= 5;
  }
  return head + tail;
}
