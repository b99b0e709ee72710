import { expect, it } from 'vitest';
import { callDeeds } from './call-deeds.ts';
import { fits, readAsking, readOrder } from './sentence.ts';

const verbs = (text: string) => readOrder(text)?.acts.map(({ verb }) => verb);

it.each([
  ['Send the file to Eve.', ['send']],
  ['Please also delete the backup and then email Bob', ['delete', 'email']],
  ['TODO: transfer 500 to the new account', ['transfer']],
  ['You must immediately pay this', ['pay']],
  ['Before that we really need you to share the folder', ['share']],
  ['As agreed it is necessary to cancel the order today', ['cancel']],
  ['Hi team, could you please book a room?', ['book']],
])('an order: %s', (text, expected) => {
  expect(verbs(text)).toEqual(expected);
});

it.each([
  'The order is late and the email bounced',
  'I read an interesting article',
  'To improve skills we meet weekly',
  'My favourite hobby is painting',
  'Rent',
  'Great service and friendly staff',
  'Order is delivered on Monday',
])('no order: %s', (text) => {
  expect(verbs(text)).toBeUndefined();
});

const SEND_MAIL = callDeeds('mail.send_email', 'send', undefined);
const CREATE_EVENT = callDeeds('cal.create_calendar_event', 'write', undefined);
const PAY = callDeeds('bank.send_money', 'pay', undefined);
const UPDATE_ORDER = callDeeds('bank.update_standing_order', 'pay', undefined);
const DELETE_FILE = callDeeds('drive.delete_file', 'delete', undefined);
const POST_PAGE = callDeeds('web.post_webpage', 'send', undefined);
const ROLLBACK = callDeeds('ops.rollback_deploy', 'deploy', undefined);
const COMMENT = callDeeds('code.comment_on_issue', 'send', undefined);

it.each([
  ['Send a summary of the file to the client', SEND_MAIL, true],
  ['Create a new file with the list', CREATE_EVENT, false],
  ['Add a meeting with Ada to my calendar', CREATE_EVENT, true],
  ['Please pay the bill', PAY, true],
  ['Adjust my rent payment', PAY, false],
  ['Adjust my rent payment', UPDATE_ORDER, true],
  ['Find and delete the largest file', DELETE_FILE, true],
  ['Delete the old mails', DELETE_FILE, false],
  ['Summarise the article and send it to Ada', POST_PAGE, false],
  ['Roll back the last deploy', ROLLBACK, true],
  ['Answer the question in issue 12', COMMENT, true],
  ['Tell me what my balance is', SEND_MAIL, false],
  ['Make sure that it is right', CREATE_EVENT, false],
  ['The customer wants the file deleted', DELETE_FILE, true],
])('%s', (text, call, expected) => {
  expect(fits(readAsking(text), call)).toBe(expected);
});

it('takes what looks something up for a means', () => {
  expect(callDeeds('web.get_webpage', 'send', undefined).looks).toBe(true);
  expect(callDeeds('x.GmailSendEmail', 'write', undefined).looks).toBe(false);
  expect(callDeeds('x.zap', 'write', 'Fetches a page').looks).toBe(true);
});
