/** The record: append to the transparency ledger, publish it under signed checkpoints, keep payloads apart, verify. */
export { Ledger, type LedgerOptions } from './ledger.ts';
export { type EntryReceipt, type IndexedEntry, LedgerReader } from './ledger-reader.ts';
export { ENTRY_INDEX_SQL } from './ledger-store.ts';
export { openPayloadCipher, type PayloadCipher } from './payload-cipher.ts';
export { type KeptPayload, type Payload, type PayloadPart, PayloadStore, type PayloadToKeep } from './payload-store.ts';
export { type LedgerFile, readLedgerFile } from './read-ledger-file.ts';
export { type LedgerVerification, type VerifyLedgerOptions, verifyLedger } from './verify-ledger.ts';
