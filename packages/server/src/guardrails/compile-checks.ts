import type { GuardrailPlace, Guardrails } from '@reeve/contracts';
import type { FleetProblem } from '../registry/index.ts';
import type { Entry } from './check-findings.ts';
import { CHECKS } from './checks.ts';
import type { Check } from './define-check.ts';

export interface CompiledChecks {
  readonly entries: Readonly<Record<GuardrailPlace, readonly Entry[]>>;
  readonly problems: readonly FleetProblem[];
}

type CheckUse = Guardrails['checks'][number];
interface Wrong {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export async function compileChecks(object: Guardrails): Promise<CompiledChecks> {
  const entries: Record<GuardrailPlace, Entry[]> = { input: [], output: [], arguments: [], result: [] };
  const problems: FleetProblem[] = [];
  for (const [index, use] of object.checks.entries()) {
    const compiled = await compileUse(object.name, use);
    for (const { path, message } of compiled.wrong)
      problems.push({ object: { kind: 'Guardrails', name: object.name }, path: ['checks', index, ...path], message });
    for (const place of use.on) entries[place].push(...compiled.entries);
  }
  return { entries, problems };
}

async function compileUse(
  guardrails: string,
  use: CheckUse,
): Promise<{ entries: readonly Entry[]; wrong: readonly Wrong[] }> {
  const check = CHECKS.find(({ name }) => name === use.check);
  if (check === undefined) {
    const names = CHECKS.map(({ name }) => name).join(', ');
    return {
      entries: [],
      wrong: [{ path: ['check'], message: `there is no check ${use.check}; there are: ${names}` }],
    };
  }
  const wrong = misuses(check, use);
  const compiled = await check.compile(use.config);
  if (!compiled.ok) {
    wrong.push(
      ...compiled.problems.map(({ path, message }) => ({
        path: ['config', ...path],
        message: `${check.name}: ${message}`,
      })),
    );
    return { entries: [], wrong };
  }
  const { action } = use;
  const { maxChars } = check;
  return {
    entries: compiled.scanners.map((scanner) => ({ guardrails, check: check.name, action, scanner, maxChars })),
    wrong,
  };
}

function misuses(check: Check, use: CheckUse): Wrong[] {
  const wrong: Wrong[] = [];
  if (use.action === 'redact' && !check.redacts)
    wrong.push({
      path: ['action'],
      message: `${check.name} finds nothing that could be replaced; use deny, hold or flag`,
    });
  const misplaced = use.on.filter((place) => !check.places.includes(place));
  if (misplaced.length > 0)
    wrong.push({
      path: ['on'],
      message: `${check.name} does not read ${misplaced.join(', ')}; set on to some of: ${check.places.join(', ')}`,
    });
  return wrong;
}
