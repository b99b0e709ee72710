/** The record: append to the transparency ledger, publish it under signed checkpoints, keep payloads apart, verify. */
export { Ledger } from './ledger.ts';
export { LedgerReader } from './ledger-reader.ts';
export { ENTRY_INDEX_SQL } from './ledger-store.ts';
export { openPayloadCipher } from './payload-cipher.ts';
export { PayloadStore } from './payload-store.ts';
export { readLedgerFile } from './read-ledger-file.ts';
export { type LedgerVerification, verifyLedger } from './verify-ledger.ts';
