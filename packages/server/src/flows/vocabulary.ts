import type { Effect } from '@reeve/contracts';

// What words of requests, orders and tool names stand for. General language only: nothing here knows a product or a task.

/** What can be asked of an agent, coarser than verbs and finer than effects. */
export type Deed =
  | 'make'
  | 'change'
  | 'remove'
  | 'send'
  | 'publish'
  | 'pay'
  | 'book'
  | 'invite'
  | 'grant'
  | 'run'
  | 'export'
  | 'look';

const VERBS_OF: Readonly<Record<Deed, string>> = {
  make:
    'create make add set schedule write generate register draft prepare put insert append log record plan organize organise arrange ' +
    'enter compose upload save store copy duplicate open start build produce include attach establish initialize initialise import' +
    ' fill submit file issue place request cut push commit leave jot pin bookmark clone fork provision nominate recruit generate sign submit enrich',
  change:
    'update change edit modify adjust reschedule move rename correct fix set replace increase decrease reduce raise lower extend ' +
    'renew switch mark assign reassign convert complete finish close reopen merge approve resolve enable disable reset swap revise ' +
    'rewrite alter amend configure append add put shift postpone delay upgrade downgrade exchange redirect label tag confirm accept ' +
    'push commit reject decline escalate prioritize improve format sort restore pause turn rotate hide mute suspend transfer ' +
    'migrate patch freeze unfreeze unmute flag snooze bump revert tweak refresh elevate reroute synchronize settle',
  remove:
    'delete remove cancel clear erase drop unsubscribe kick discard trash archive revoke uninstall terminate deactivate purge ' +
    'wipe hide dismiss fire suspend mute leave quit unregister block ban unfollow unshare withdraw disconnect destroy close ' +
    'end eliminate evict expel uninvite detach clean retract void unpublish strip',
  send:
    'send email mail message dm text notify reply respond forward tell write contact inform announce remind ping alert let ' +
    'deliver fax share thank greet congratulate answer relay report ask communicate say comment page warn invite explain ' +
    'confirm apologize apologise assure reassure brief advise clarify dispatch ship phone ring dial hand',
  publish: 'post publish tweet announce comment upload share write blog reply answer respond add leave',
  pay:
    'pay transfer refund reimburse wire buy purchase order settle tip donate repay charge deposit withdraw invest trade sell ' +
    'subscribe compensate remit send give return fund credit bill boost bid disburse claim cash reconcile',
  book: 'book reserve rent hire make schedule arrange put fit slot enter',
  invite: 'invite add include onboard bring enroll enrol join',
  grant:
    'share grant give allow authorize authorise permit invite add assign promote unlock delegate enable admit elevate provision whitelist entitle',
  run:
    'run execute deploy launch restart start stop trigger install build compile test release scale migrate turn switch unlock lock ' +
    'activate deactivate invoke perform play enable disable control set reboot shut apply rollback rerun retry reload open ' +
    'close arm disarm train resize rotate copy dim heat cool kill dispatch provision suspend resume boot ship',
  export: 'export download extract backup dump sync transfer collect copy',
  look:
    'open visit read get fetch look check browse view see find search show list summarize summarise retrieve download review ' +
    'analyze analyse access navigate click follow load query scan inspect explore recommend suggest compare count calculate crawl go',
};

const DEEDS = Object.keys(VERBS_OF) as readonly Deed[];

/** A verb in its base form, and what it may stand for. */
export const VERBS: ReadonlyMap<string, ReadonlySet<Deed>> = verbTable();

/** What a tool of an effect may be asked for, where its own name does not say. */
export const DEEDS_OF_EFFECT: Readonly<Record<Effect, readonly Deed[]>> = {
  read: ['look'],
  write: ['make', 'change', 'remove', 'publish', 'book', 'invite', 'send', 'run'],
  delete: ['remove'],
  send: ['send'],
  export: ['export'],
  pay: ['pay'],
  deploy: ['run'],
  execute: ['run'],
  grant: ['grant'],
};

/** Things that tools deal in: words of one group may stand for each other. */
const NOUN_GROUPS: Readonly<Record<string, string>> = {
  mail: 'email mail inbox mailbox draft newsletter',
  message: 'message dm chat reply text sms thread conversation whatsapp slack comment',
  event:
    'event calendar meeting appointment reminder invite invitation session lunch dinner agenda participant attendee slot visit viewing interview',
  file:
    'file document doc folder attachment drive spreadsheet sheet list pdf presentation slide page minutes directory ' +
    'docx xlsx pptx txt csv md json yaml html',
  money:
    'money transaction payment transfer bill invoice rent refund amount difference share standing balance fee salary fund cash ' +
    'deposit tip price debt subscription loan iban bank vat dollar euro gift voucher order bonus expense reimbursement donation premium pension wallet crypto coin stock duty',
  person:
    'user member person people colleague guest contact account profile customer client employee friend name address collaborator patient student tenant candidate applicant driver supplier vendor partner staff manager',
  channel: 'channel group room team workspace server community slack forum',
  web: 'webpage website web site url link blog page article post',
  booking:
    'reservation booking hotel restaurant flight car table room ticket trip rental stay seat ride cab taxi appointment place',
  secret: 'password passcode pin credential secret key token login',
  code: 'issue pr pull branch repo repository commit code bug merge release tag comment label workflow pipeline build',
  order:
    'order cart product purchase shipment delivery package return exchange wishlist basket parcel address pickup claim inventory stock',
  ticket: 'ticket issue incident task todo deal lead opportunity alert',
  device:
    'device light lamp door lock thermostat temperature heating camera alarm vacuum robot garage plug appliance music song',
  permission: 'permission access role right privilege policy',
  machine:
    'server instance cluster service container deployment deploy vm host node job script command program port firewall',
  social: 'post tweet status comment photo video feed',
  note: 'note memo todo journal',
};

export const NOUNS: ReadonlyMap<string, ReadonlySet<string>> = nounTable();

function verbTable(): Map<string, Set<Deed>> {
  const table = new Map<string, Set<Deed>>();
  for (const deed of DEEDS) for (const verb of VERBS_OF[deed].split(' ')) add(table, verb, deed);
  return table;
}

function nounTable(): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  for (const [group, words] of Object.entries(NOUN_GROUPS))
    for (const noun of words.split(' ')) add(table, noun, group);
  return table;
}

function add<T>(table: Map<string, Set<T>>, word: string, meaning: T): void {
  const known = table.get(word);
  if (known === undefined) table.set(word, new Set([meaning]));
  else known.add(meaning);
}

/** `emails`, `companies`, `addresses` in the singular, where the singular is a word we know. */
export function nounGroups(word: string): ReadonlySet<string> | undefined {
  const exact = NOUNS.get(word);
  if (exact !== undefined || !word.endsWith('s')) return exact;
  return NOUNS.get(word.slice(0, -1)) ?? (word.endsWith('es') ? NOUNS.get(word.slice(0, -2)) : undefined);
}

/** `sending`, `deleting`, `stopping`: the base form, where it is a verb we know. */
export function gerundVerb(word: string): string | undefined {
  if (!word.endsWith('ing') || word.length < 6) return undefined;
  const stem = word.slice(0, -3);
  if (VERBS.has(stem)) return stem;
  if (VERBS.has(`${stem}e`)) return `${stem}e`;
  const single = stem.slice(0, -1);
  return stem.at(-1) === stem.at(-2) && VERBS.has(single) ? single : undefined;
}

/** `changed`, `deleted`, `cancelled`: the base form, where it is a verb we know. */
export function participleVerb(word: string): string | undefined {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (!word.endsWith('ed') || word.length < 5) return undefined;
  const stem = word.slice(0, -2);
  if (VERBS.has(stem)) return stem;
  if (VERBS.has(`${stem}e`)) return `${stem}e`;
  const single = stem.slice(0, -1);
  return stem.at(-1) === stem.at(-2) && VERBS.has(single) ? single : undefined;
}

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['sent', 'send'],
  ['paid', 'pay'],
  ['given', 'give'],
  ['made', 'make'],
  ['put', 'put'],
  ['set', 'set'],
  ['shut', 'shut'],
  ['written', 'write'],
  ['told', 'tell'],
  ['bought', 'buy'],
  ['sold', 'sell'],
  ['let', 'let'],
  ['run', 'run'],
  ['brought', 'bring'],
  ['reset', 'reset'],
  ['withdrawn', 'withdraw'],
]);

/** After these a word that could be a verb is a noun: `the email`, `my order`, `in share`. */
export const BEFORE_NOUN: ReadonlySet<string> = new Set(
  (
    'a an the my your our his her their its this that these those each every any some no new last next first second third via by of ' +
    'in from on with about for same following recent unread received recurring scheduled total per another other latest current ' +
    'previous own which what whose direct old existing'
  ).split(' '),
);
