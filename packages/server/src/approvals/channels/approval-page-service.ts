import { ReeveError, toReeveError } from '../../lib/index.ts';
import type { Decider } from '../approval.ts';
import { approvalPage, signInPage } from './approval-page.ts';
import type { ApprovalCounter, ShownApproval } from './channel.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { PageGrant, PageLinks } from './page-link.ts';

export interface PageParts {
  readonly counter: ApprovalCounter;
  readonly links: PageLinks;
  readonly store: Pick<DeliveryStore, 'firstUse'>;
  /** Whose person token this is, and where it counts. */
  readonly personOf: (
    token: string,
  ) => { readonly workspaces: readonly string[]; readonly person: Decider } | undefined;
  /** Whether this person may see the approval at all. */
  readonly mayRead: (shown: ShownApproval, person: Decider) => boolean;
  readonly now: () => number;
}

export interface Page {
  readonly status: number;
  readonly body: string;
}

/** How long a page that lies open can be answered. */
const FORM_LIVES_MS = 30 * 60_000;
const NOT_YOURS = 'This link is not valid, or it ran out. Use a person token instead.';
const NOWHERE = 404;
const NO_SUCH = 'There is no such approval that you may see.';

/** Shows an approval to the person whose link this is. Mail scanners open links: nothing is ever decided here. */
export async function openPage(parts: PageParts, approval: string, token: unknown): Promise<Page> {
  if (token === undefined) return { status: 200, body: signInPage(pathOf(approval)) };
  const grant = parts.links.open(token, 'see', approval);
  if (grant === undefined) return { status: 403, body: signInPage(pathOf(approval), NOT_YOURS) };
  return showTo(parts, grant.workspace, approval, await personAt(parts, grant));
}

/** Shows an approval to the person whose token this is. */
export async function openPageWithToken(parts: PageParts, approval: string, key: string): Promise<Page> {
  const known = parts.personOf(key.trim());
  if (known === undefined)
    return { status: 403, body: signInPage(pathOf(approval), 'This is not a person token that is valid now.') };
  for (const workspace of known.workspaces) {
    const page = await showTo(parts, workspace, approval, known.person);
    if (page.status !== NOWHERE) return page;
  }
  return nowhere(approval);
}

/** One answer of one person to exactly what the page showed. */
export async function answerPage(
  parts: PageParts,
  approval: string,
  answer: { readonly token: string; readonly verdict: string | undefined; readonly reason: string | undefined },
): Promise<Page> {
  const grant = parts.links.open(answer.token, 'decide', approval);
  if (grant?.saw === undefined) return { status: 403, body: signInPage(pathOf(approval), NOT_YOURS) };
  const { verdict, reason } = answer;
  const person = await personAt(parts, grant);
  if (person === undefined || (verdict !== 'approve' && verdict !== 'deny'))
    return showTo(
      parts,
      grant.workspace,
      approval,
      person,
      new ReeveError('invalid_request', 'Choose to approve or to deny.'),
    );
  if (!(await parts.store.firstUse(`page:${grant.nonce}`, grant.untilMs)))
    return showTo(parts, grant.workspace, approval, person, new ReeveError('conflict', 'This form was sent before.'));
  const vote = { workspace: grant.workspace, approval, by: person, verdict, ...grant.saw, reason } as const;
  const problem = await parts.counter.decide(vote).then(() => undefined, toReeveError);
  return showTo(parts, grant.workspace, approval, person, problem);
}

async function showTo(
  parts: PageParts,
  workspace: string,
  approval: string,
  person: Decider | undefined,
  problem?: ReeveError,
): Promise<Page> {
  const shown = await parts.counter.show(workspace, approval);
  if (shown === undefined || person === undefined || !parts.mayRead(shown, person)) return nowhere(approval);
  const { argsDigest, requests: count, state } = shown.approval;
  const untilMs = Math.min(shown.approval.expiresAtMs, parts.now() + FORM_LIVES_MS);
  const grant = {
    may: 'decide',
    workspace,
    approval,
    address: addressOf(person),
    untilMs,
    saw: { argsDigest, count },
  } as const;
  const token = state === 'pending' ? parts.links.sign(grant) : undefined;
  const form = { person: person.name, token, action: pathOf(approval) };
  const note =
    problem === undefined
      ? undefined
      : problem.code === 'internal'
        ? 'It could not be decided; try again.'
        : problem.message;
  return { status: problem === undefined ? 200 : problem.status, body: approvalPage(shown, form, note) };
}

function nowhere(approval: string): Page {
  return { status: NOWHERE, body: signInPage(pathOf(approval), NO_SUCH) };
}

/** The admin token has no address; it is its own person. */
function addressOf(person: Decider): string {
  return person.name.includes('@') ? person.name : person.id;
}

async function personAt({ counter }: PageParts, { workspace, address }: PageGrant): Promise<Decider | undefined> {
  if (!address.includes('@')) return { id: address, name: address };
  return counter.person(workspace, address);
}

function pathOf(approval: string): string {
  return `/approvals/${approval}`;
}
