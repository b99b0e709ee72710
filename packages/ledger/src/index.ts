/** The transparency ledger, pure: entry format, Merkle tree in the public tlog layout, signatures, proofs, verification. */
export { decodeBundle, encodeBundle } from './bundle.ts';
export { canonicalJson } from './canonical-json.ts';
export { type Checkpoint, openCheckpoint, signCheckpoint } from './checkpoint.ts';
export { type DecodedEntry, decodeEntry } from './decode-entry.ts';
export { encodeEntry, MAX_ENTRY_BYTES } from './encode-entry.ts';
export {
  type ActionCompleted,
  type ActionIntended,
  type ActionRefused,
  type ContentRef,
  ENTRY_EVENTS,
  type EntryBody,
  type EntryEvent,
  type EntryFinding,
  type LedgerEntry,
} from './entry.ts';
export { FormatError } from './format-error.ts';
export { HASH_BYTES, leafHash, perfectRoot, sameBytes } from './hash.ts';
export { VERIFICATION_LIMITS } from './limits.ts';
export type { PairingReport } from './pairing.ts';
export { proveConsistency, proveInclusion, type TileReader, verifyConsistency, verifyInclusion } from './proof.ts';
export { encodeReceipt, parseReceipt, type Receipt, verifyReceipt } from './receipt.ts';
export { hashesAt, parseTilePath, TILE_WIDTH, type TileRef, tilePath, widthIn } from './tile-path.ts';
export { type HashTile, TreeEdge } from './tree-edge.ts';
export {
  createSigner,
  createVerifier,
  encodeVerifierKey,
  type NoteSigner,
  type NoteVerifier,
  parseVerifierKey,
} from './verifier-key.ts';
export { type LogReader, type LogVerification, type VerifyOptions, verifyLog } from './verify-log.ts';
