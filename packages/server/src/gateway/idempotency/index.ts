/** What carries the same idempotency key is executed once; the others get the first one's reply. */
export {
  Idempotency,
  type IdempotencyAnswer,
  type IdempotencyFacts,
  type IdempotencyHandle,
  keyFault,
} from './idempotency.ts';
export { NO_REPLY, type StoredReply } from './stored-reply.ts';
