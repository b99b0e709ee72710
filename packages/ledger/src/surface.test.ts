import { expect, it } from 'vitest';
import * as door from './index.ts';

// Literals on purpose: whoever turns one red decides about outsiders who rely on it, and never just adjusts the test.

it('the package exports these values', () => {
  expect(Object.keys(door).sort()).toEqual([
    'ENTRY_EVENTS',
    'FormatError',
    'HASH_BYTES',
    'MAX_ENTRY_BYTES',
    'TILE_WIDTH',
    'TreeEdge',
    'VERIFICATION_LIMITS',
    'canonicalJson',
    'createSigner',
    'createVerifier',
    'decodeBundle',
    'decodeEntry',
    'encodeBundle',
    'encodeEntry',
    'encodeReceipt',
    'encodeVerifierKey',
    'hashesAt',
    'leafHash',
    'openCheckpoint',
    'parseReceipt',
    'parseTilePath',
    'parseVerifierKey',
    'perfectRoot',
    'proveConsistency',
    'proveInclusion',
    'sameBytes',
    'signCheckpoint',
    'tilePath',
    'verifyConsistency',
    'verifyInclusion',
    'verifyLog',
    'verifyReceipt',
    'widthIn',
  ]);
});

it('the log has these events', () => {
  expect(door.ENTRY_EVENTS).toEqual([
    'ledger.opened',
    'action.intended',
    'action.completed',
    'action.refused',
    'action.interrupted',
    'fleet.applied',
    'fleet.rolled-back',
    'key.created',
    'key.rotated',
    'key.revoked',
    'stop.ordered',
    'stop.lifted',
    'tool.pinned',
    'tool.drifted',
    'tool.approved',
    'payload.erased',
    'shadow.seen',
  ]);
});
