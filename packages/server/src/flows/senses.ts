import { type Act, type Asking, type CallDeeds, intersects } from './sentence.ts';
import { type Deed, VERBS } from './vocabulary.ts';

// Verbs that ask for the same thing, closer than deeds: `merge` and `label` both change something, and neither asks for the other.
const SENSES: readonly string[] = [
  'pay transfer settle wire remit buy purchase order subscribe repay send fund deposit charge',
  'refund reimburse return compensate credit repay',
  'delete remove erase clear trash discard purge wipe drop clean eliminate destroy',
  'cancel withdraw',
  'close resolve complete finish end',
  'reply respond answer comment',
  'post publish tweet announce share upload blog',
  'book reserve rent schedule arrange plan organize organise put fit slot make',
  'move reschedule shift postpone delay',
  'invite add include enroll enrol onboard bring',
  'grant give share allow authorize authorise permit assign promote admit add delegate let open',
  'assign reassign delegate give move transfer escalate',
  'approve accept confirm permit allow grant',
  'reject decline',
  'run execute start launch trigger perform invoke rerun',
  'stop shut halt pause terminate turn switch deactivate disable kill',
  'start turn switch activate enable launch open',
  'restart reboot reload start',
  'deploy release launch ship push rollout',
  'rollback restore revert reset undo',
  'export download extract backup dump copy sync transfer',
  'merge combine join',
  'lock close secure arm',
  'unlock open let disarm',
  'scale resize upgrade downgrade increase decrease raise lower extend reduce',
  'subscribe register enroll join',
  'unsubscribe unregister leave quit',
  'ban block kick remove evict expel mute suspend',
  'raise increase lower reduce decrease adjust',
  'terminate fire dismiss end',
];
/** One deed, one sense: there are too many words for telling somebody something. */
const WHOLE: readonly Deed[] = ['send'];
/** These can be said of anything: what they are about must fit too. */
const GENERIC =
  'update change edit modify adjust correct fix set replace revise alter amend create make add write put generate register ' +
  'draft log record enter insert append save store prepare build produce submit file place issue open commit push';

const SAME = senseTable();
const ANYTHING: ReadonlySet<string> = new Set(GENERIC.split(' '));

/** Whether what is asked for names this very call: by its verb or one of the same sense, or by what its name is about. */
export function isClose(
  { acts }: Asking,
  says: (word: string) => boolean,
  call: CallDeeds,
  chosen: readonly string[] = [],
): boolean {
  if ([...call.things].some((thing) => says(thing) || says(`${thing}s`))) return true;
  const names = [call.verb, ...call.things, ...chosen].filter((name) => name !== undefined);
  return acts.some((act) => isSameVerb(act, names, call));
}

function isSameVerb({ verb, nouns }: Act, names: readonly string[], call: CallDeeds): boolean {
  if (call.verb !== undefined && WHOLE.some((deed) => call.deeds.has(deed) && VERBS.get(verb)?.has(deed) === true))
    return true;
  if (!ANYTHING.has(verb)) return names.some((name) => verb === name || sameSense(verb, name));
  if (!names.some((name) => verb === name || ANYTHING.has(name) || sameSense(verb, name))) return false;
  return call.nouns.size === 0 ? call.things.size === 0 : intersects(nouns, call.nouns);
}

function sameSense(one: string, other: string): boolean {
  const senses = SAME.get(one);
  return senses !== undefined && (SAME.get(other)?.some((sense) => senses.includes(sense)) ?? false);
}

function senseTable(): Map<string, number[]> {
  const table = new Map<string, number[]>();
  for (const [sense, verbs] of SENSES.entries())
    for (const verb of verbs.split(' ')) table.set(verb, [...(table.get(verb) ?? []), sense]);
  return table;
}
