import type { LedgerVerification } from '@reeve/server';

/** The verdict on a ledger, with what it does not prove. */
export function renderVerification(result: LedgerVerification): string {
  if (!result.ok) return `NOT VERIFIED\n${where(result)}: ${result.why}`;
  const { checkpoint, pairing, keyFrom, limits, strangers } = result;
  const lines = [
    `VERIFIED  ${checkpoint.size} entries of ${checkpoint.origin}`,
    `root      ${Buffer.from(checkpoint.root).toString('base64')}`,
    `key       ${keyFrom === 'given' ? 'the one you gave' : 'the one beside the files: compare it with one you trust (--vkey)'}`,
    `actions   ${pairing.intended} executed, ${pairing.refused} refused, ${pairing.open} without an outcome yet`,
  ];
  if (strangers.length > 0)
    lines.push(`strangers ${strangers.length} files belong to no checkpoint, e.g. ${strangers[0]}`);
  return [...lines, '', 'What this does not prove:', ...limits.map((limit) => `- ${limit}`)].join('\n');
}

function where(result: Extract<LedgerVerification, { ok: false }>): string {
  if (result.firstFailing === undefined) return result.path;
  const last =
    result.lastSuspect === undefined || result.lastSuspect === result.firstFailing ? '' : ` to ${result.lastSuspect}`;
  return `entry ${result.firstFailing}${last} (${result.path})`;
}
