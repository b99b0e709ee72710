import { expect, it } from 'vitest';
import * as door from './index.ts';

// Literals on purpose: whoever turns one red decides about outsiders who rely on it, and never just adjusts the test.

it('the package exports these values', () => {
  expect(Object.keys(door).sort()).toEqual([
    'Reeve',
    'ReeveApiError',
    'ReeveClient',
    'ReeveDenied',
    'ReeveHeld',
    'ReeveRefusal',
    'ReeveUnreachable',
  ]);
});
