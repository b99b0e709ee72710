import type { Asked } from './asked.ts';
import type { Case, Objection } from './judge.ts';
import type { Origin } from './origin.ts';
import type { Pointing } from './pointing.ts';

/** A case with the origin of its values. */
export interface Weighed extends Case, Asked, Pointing {
  readonly origins: readonly Origin[];
}

export type Rule = (weighed: Weighed) => Objection | undefined;

/** Roles of values that say where something goes or what it is done to. */
export const DECIDES: ReadonlySet<string> = new Set(['destination', 'identifier', 'secret']);
