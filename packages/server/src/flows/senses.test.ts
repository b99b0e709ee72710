import { expect, it } from 'vitest';
import { callDeeds } from './call-deeds.ts';
import { isClose } from './senses.ts';
import { fits, readAsking, wordsOf } from './sentence.ts';

it.each([
  ['Delete the stale branch', 'forge.delete_branch', 'delete', true],
  ['Remove the stale entry', 'crm.delete_contact', 'delete', true],
  ['Settle what we owe them', 'shop.pay_supplier', 'pay', true],
  ['Reimburse her', 'shop.issue_refund', 'pay', true],
  ['Update her file', 'crm.edit_contact', 'write', true],
  ['Label the issue as a bug', 'forge.merge_pr', 'write', false],
  ['Pay the invoice', 'shop.issue_refund', 'pay', false],
  ['Approve the vacation', 'people.adjust_salary', 'write', false],
  ['Turn it into an issue', 'forge.deploy', 'deploy', false],
] as const)('%s names %s: %s', (request, tool, effect, close) => {
  const words = new Set(wordsOf(request));
  const asking = readAsking(request);
  expect(isClose(asking, (word) => words.has(word), callDeeds(tool, effect, undefined))).toBe(close);
});

it('takes what a tool of several deeds is told to do for its verb', () => {
  const call = callDeeds('forum.moderate', 'delete', undefined);
  const asking = readAsking('Ban whoever insults people');
  expect(isClose(asking, () => false, call)).toBe(false);
  expect(isClose(asking, () => false, call, ['ban'])).toBe(true);
});

it('knows that the last word of a name may be a thing', () => {
  const call = callDeeds('people.decide_request', 'write', undefined);
  expect(call.verb).toBeUndefined();
  expect(fits(readAsking('Approve all vacations'), call)).toBe(true);
});
