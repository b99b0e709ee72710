import type { GuardrailPlace } from '@reeve/contracts';
import type { z } from 'zod';
import type { Scanner } from './scanner.ts';

/** One check of the catalogue. Sibling files in checks/ all have this shape. */
interface CheckDefinition<Config extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  /** Where it makes sense; default everywhere. */
  readonly places?: readonly GuardrailPlace[];
  /** Whether what it finds is a piece of text that can be replaced. */
  readonly redacts: boolean;
  /** Longer texts are refused unread. */
  readonly maxChars?: number;
  readonly config: Config;
  /** Called when a fleet is applied. Throws an Error whose message says what is wrong with the config. */
  create(config: z.output<Config>): readonly Scanner[] | Promise<readonly Scanner[]>;
}

export interface Check {
  readonly name: string;
  readonly description: string;
  readonly places: readonly GuardrailPlace[];
  readonly redacts: boolean;
  readonly maxChars: number;
  readonly config: z.ZodType;
  compile(config: unknown): Promise<CompiledCheck>;
}

export type CompiledCheck =
  | { readonly ok: true; readonly scanners: readonly Scanner[] }
  | {
      readonly ok: false;
      readonly problems: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
    };

const EVERYWHERE: readonly GuardrailPlace[] = ['input', 'output', 'arguments', 'result'];
const MAX_CHARS = 4_000_000;

export function defineCheck<Config extends z.ZodType>(definition: CheckDefinition<Config>): Check {
  const { name, description, redacts, config } = definition;
  return {
    name,
    description,
    places: definition.places ?? EVERYWHERE,
    redacts,
    maxChars: definition.maxChars ?? MAX_CHARS,
    config,
    async compile(given) {
      const parsed = config.safeParse(given);
      if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(toProblem) };
      try {
        return { ok: true, scanners: await definition.create(parsed.data) };
      } catch (error) {
        return { ok: false, problems: [{ path: [], message: (error as Error).message }] };
      }
    },
  };
}

function toProblem(issue: z.core.$ZodIssue): { path: readonly (string | number)[]; message: string } {
  return { path: issue.path.filter((step) => typeof step !== 'symbol'), message: issue.message };
}
