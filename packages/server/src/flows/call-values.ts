import { MAX_DEPTH, MAX_VALUE_CHARS, MAX_VALUES } from './limits.ts';
import { readLiteral } from './literal.ts';

/**
 * What a value decides: where something goes, what it is done to, how much, or what is said. `detail` decides nothing by itself.
 */
export type ValueRole = 'destination' | 'identifier' | 'secret' | 'amount' | 'content' | 'detail';

export interface CallValue {
  readonly path: string;
  readonly raw: string;
  readonly role: ValueRole;
  readonly numeric: boolean;
}

export interface CallShape {
  readonly args: Readonly<Record<string, unknown>>;
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** Paths whose origin is checked, `args.to`; without them names, schema and shape say. */
  readonly deciding: readonly string[] | undefined;
  readonly destination: string | undefined;
}

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const TLD =
  '(?:com|org|net|io|dev|app|co|ai|info|biz|me|xyz|us|uk|eu|ru|cn|de|ch|at|fr|it|es|nl|be|pl|se|no|fi|dk|jp|kr|in|br|au|ca|gov|edu|' +
  'gg|tv|cc|site|online|shop|store|cloud|tech|page|link|click|top|example|test)';
/** With a scheme, or by its name: `app.config` and `os.path` are no hosts. */
const URL_LIKE = new RegExp(
  `^(?:[a-z][a-z0-9+.-]{0,20}://\\S+|(?:www\\.(?:[a-z0-9-]{1,63}\\.){0,8}[a-z]{2,}|(?:[a-z0-9-]{1,63}\\.){1,8}${TLD})(?:[/?#:]\\S*)?)$`,
  'i',
);
const FILE_LIKE = /\.(?:docx?|xlsx?|pptx?|pdf|txt|csv|md|json|ya?ml|png|jpe?g|gif|zip|html?|log|py|js|ts|eml|sql|sh)$/i;
/** IBAN, telephone number, account number, wallet. */
const ACCOUNT =
  /^[A-Z]{2}[\s-]?\d[\dA-Z\s-]{8,40}$|^\+\d[\d\s().-]{6,30}$|^\(?\d{2,5}\)?[\s-]\d[\d\s-]{4,20}$|^\d{9,30}$|^0x[0-9a-f]{16,}$|^[13b][a-z0-9]{25,60}$/i;
const DAY = String.raw`(?:\d{4}-\d{1,2}(?:-\d{1,2})?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(?:19|20)\d{2}[01]\d[0-3]\d)`;
const TIME = String.raw`(?:[T ]?\d{1,2}:\d{2}[\d:.]*\s*(?:[ap]m)?(?:z|[+-]\d{2}:?\d{2})?)`;
const MOMENT = new RegExp(`^(?:${DAY}${TIME}?|${TIME})(?:\\s*(?:-|–|/|to|until)\\s*(?:${DAY}${TIME}?|${TIME}))?$`, 'i');

const NAMES: readonly (readonly [ValueRole, RegExp])[] = [
  [
    'secret',
    /passw|passcode|(?:^|_)pin(?:$|_)|secret|credential|(?:^|_)token$|api_?key|permission|(?:^|_)role|privilege|scope/,
  ],
  [
    'content',
    /body|content|(?:^|_)text|message|description|(?:^|_)subject|title|note|comment|html|payload|caption|summary|reason|memo|snippet/,
  ],
  ['amount', /amount|price|total|quantity|cost|(?:^|_)sum$|(?:^|_)value$|budget|limit|balance|rate$|qty/],
  [
    'destination',
    /recipient|(?:^|_)to(?:$|_)|(?:^|_)b?cc$|e?mail|address|(?:^|_)ur[il]s?$|link|href|endpoint|webhook|(?:^|_)host|domain|channel|room|participant|attendee|invitee|guest|(?:^|_)user|username|account|iban|payee|beneficiary|phone|destination|target|member|owner|assignee|(?:^|_)repo|bucket|handle|contact|person|friend|group|(?:^|_)ip(?:$|_)/,
  ],
  [
    'detail',
    /date|(?:^|_)time|(?:^|_)day|(?:^|_)start|(?:^|_)end|(?:^|_)sort|order_by|(?:^|_)limit|page|format|recurring|enabled|(?:^|_)type$|status|priority|language|currency|unit|duration|color|colour|mode|level/,
  ],
];

export function valuesOf(shape: CallShape): { readonly values: readonly CallValue[]; readonly complete: boolean } {
  const values: CallValue[] = [];
  const walk = (value: unknown, path: string, key: string, depth: number): boolean => {
    if (value === null || value === undefined || typeof value === 'boolean') return true;
    if (depth > MAX_DEPTH || values.length >= MAX_VALUES) return false;
    if (typeof value === 'object') {
      const entries = Array.isArray(value)
        ? value.map((item, index) => [`${path}.${index}`, key, item] as const)
        : Object.entries(value).map(([name, held]) => [`${path}.${name}`, name, held] as const);
      return entries.map(([below, name, held]) => walk(held, below, name, depth + 1)).every(Boolean);
    }
    const listed = typeof value === 'string' && value.startsWith('[') ? readLiteral(value) : undefined;
    if (Array.isArray(listed)) return walk(listed, path, key, depth + 1);
    const raw = String(value);
    if (raw.length > MAX_VALUE_CHARS) return false;
    if (raw.trim() !== '') values.push({ path, raw, role: roleOf(path, key, value, shape), numeric: isNumeric(value) });
    return true;
  };
  const complete = walk(shape.args, 'args', 'args', 0);
  return { values, complete };
}

function roleOf(path: string, key: string, value: unknown, shape: CallShape): ValueRole {
  const guessed = guessRole(key, value, shape);
  if (shape.destination !== undefined && within(path, shape.destination)) return 'destination';
  if (shape.deciding === undefined) return guessed;
  if (!shape.deciding.some((declared) => within(path, declared))) return guessed === 'content' ? guessed : 'detail';
  return guessed === 'detail' || guessed === 'content' ? 'identifier' : guessed;
}

function within(path: string, declared: string): boolean {
  return path === declared || path.startsWith(`${declared}.`);
}

const MAX_NAME_CHARS = 80;

function guessRole(key: string, value: unknown, { schema }: CallShape): ValueRole {
  const raw = String(value);
  if (typeof value !== 'number' && isAddress(raw)) return 'destination';
  const name = snake(key);
  if (typeof value === 'number' && /(?:^|_)ids?$/.test(name)) return 'identifier';
  const property = propertyOf(schema, key);
  if (property?.format === 'uri' || property?.format === 'email') return 'destination';
  if (Array.isArray(property?.enum)) return NAMES[0]?.[1].test(name) === true ? 'secret' : 'detail';
  if (/(?:^|_)(?:ids?|uuid|number|key|name|file_?name|path)$/.test(name) && !NAMES[0]?.[1].test(name))
    return 'identifier';
  if (typeof value !== 'number' && MOMENT.test(raw)) return 'detail';
  const named = NAMES.find(([, pattern]) => pattern.test(name))?.[0];
  if (named !== undefined) return named;
  if (typeof value === 'number') return 'amount';
  return raw.length <= MAX_NAME_CHARS ? 'identifier' : 'content';
}

function propertyOf(schema: CallShape['schema'], key: string): Readonly<Record<string, unknown>> | undefined {
  const properties = schema?.properties;
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, key)) return undefined;
  const property: unknown = (properties as Record<string, unknown>)[key];
  return typeof property === 'object' && property !== null ? (property as Record<string, unknown>) : undefined;
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value));
}

function snake(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s-]+/g, '_')
    .toLowerCase();
}

/** A mail address, URL, account or telephone number: by its shape alone something that things are sent to. */
export function isAddress(raw: string): boolean {
  const value = raw.trim();
  return addressKind(value) !== undefined;
}

export type AddressKind = 'mail' | 'url' | 'account';

export function addressKind(raw: string): AddressKind | undefined {
  const value = raw.trim();
  if (value.length < 6 || value.length > 2_000) return undefined;
  if (MAIL.test(value)) return 'mail';
  if (URL_LIKE.test(value) && !FILE_LIKE.test(value)) return 'url';
  return ACCOUNT.test(value) && !MOMENT.test(value) ? 'account' : undefined;
}

const ADDRESSES = new RegExp(
  [
    String.raw`[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,}`,
    String.raw`\b[a-z][a-z0-9+.-]{0,20}://[^\s<>"')\]]+`,
    String.raw`\b(?:www\.(?:[a-z0-9-]{1,63}\.){0,7}[a-z]{2,}|(?:[a-z0-9-]{1,63}\.){1,8}${TLD}\b)[^\s<>"')\],]*`,
    String.raw`\b[A-Z]{2}\d{2}[A-Z0-9]{8,30}\b`,
  ].join('|'),
  'gi',
);

/** Addresses inside a longer text. */
export function addressesIn(text: string, limit: number): string[] {
  const found = new Set<string>();
  for (const [address] of text.matchAll(ADDRESSES)) {
    const value = address.replace(/[.,;:!?]+$/, '');
    if (!FILE_LIKE.test(value) || value.includes('/')) found.add(value);
    if (found.size >= limit) break;
  }
  return [...found];
}
