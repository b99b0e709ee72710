import { expect, it } from 'vitest';
import { STAGES } from './pipeline.ts';

// Literals on purpose: whoever turns one red decides about outsiders who rely on it, and never just adjusts the test.

it('an action of any kind passes these stages in this order, and each fails closed', () => {
  expect(STAGES.map(({ name, kinds, always, onThrow }) => [name, kinds.length, always, onThrow])).toEqual([
    ['identify', 4, false, 'refused'],
    ['admit', 4, false, 'refused'],
    ['recall', 3, false, 'refused'],
    ['inspect-input', 4, false, 'refused'],
    ['assess', 4, false, 'refused'],
    ['authorize', 4, false, 'refused'],
    ['consult', 4, false, 'refused'],
    ['clear', 4, false, 'refused'],
    ['decide', 4, false, 'refused'],
    ['record-intent', 4, false, 'refused'],
    ['execute', 4, false, 'upstream_failed'],
    ['inspect-result', 4, false, 'withheld'],
    ['settle', 4, true, 'withheld'],
    ['record-outcome', 4, true, 'withheld'],
  ]);
});
