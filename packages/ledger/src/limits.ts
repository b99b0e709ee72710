/** What a successful verification does not prove. Printed with each one, so that nobody reads more into it. */
export const VERIFICATION_LIMITS: readonly string[] = [
  'It proves that these entries are what the key holder signed, not that they are true or complete: whoever runs the server can leave an action out before it is recorded.',
  'Traffic that did not go through Reeve, and what an agent did under the grade `advised` without reporting it, is not in the log.',
  'Whoever holds the signing key can sign another log. Only a checkpoint kept elsewhere (by a witness, a colleague, an earlier export) shows that this one was not rewritten as a whole; pass yours with the verification.',
  'Without such an earlier checkpoint, a log cut back to an older signed state verifies.',
  'Entries written after the checkpoint are not covered by it.',
  'Times are those of the server clock; only the order of entries is proven.',
  'Payloads are in the log as salted hashes: an erased one can no longer be compared.',
  'Where the verifier key was read from the copied files, the check shows that the files agree with one another, not whose they are.',
];
