import type { SecretLintRuleContext, SecretLintRuleCreator, SecretLintSourceCode } from '@secretlint/types';

interface Reported {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Runs secretlint's rules on a short text, synchronously and without its core: the core honours `secretlint-disable` comments,
 * which whoever writes the text could use, and keeps a profile of every run in memory.
 */
export function runRules(rules: readonly SecretLintRuleCreator[], text: string): readonly Reported[] {
  const reported: Reported[] = [];
  for (const rule of rules) {
    const context = {
      sharedOptions: {},
      createTranslator: () => (messageId: string) => ({ messageId, message: messageId }),
      report: ({ range }: { range: readonly number[] }) =>
        reported.push({ rule: rule.meta.id, start: range[0] ?? 0, end: range[1] ?? 0 }),
      ignore: () => undefined,
      // Rules use these two of the context's members; the rest serves secretlint's own runner.
    } as unknown as SecretLintRuleContext;
    const options = rule.meta.id.endsWith('rule-aws') ? { enableIDScanRule: true } : {};
    rule.create(context, options).file?.(sourceOf(text));
  }
  return reported;
}

/** Rules that find something; secretlint's own comment filter only forgives. */
export async function loadRules(): Promise<readonly SecretLintRuleCreator[]> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend');
  return (rules as readonly SecretLintRuleCreator[]).filter((rule) => !rule.meta.id.includes('filter'));
}

function sourceOf(content: string): SecretLintSourceCode {
  // Rules read text and name; positions come from ranges, so the structured source stays out.
  return { content, filePath: 'text', ext: '', contentType: 'text', hasBOM: false } as unknown as SecretLintSourceCode;
}
