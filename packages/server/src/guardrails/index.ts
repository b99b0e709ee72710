/** Content checks on what goes in and what comes out. */
export { type CatalogueEntry, catalogue, GUARDRAIL_CATALOGUE } from './checks.ts';
export type { ContentEdit, ContentPart } from './content.ts';
export { Guardrails } from './guardrails.ts';
export type { Checker, Inspection, StreamInspector, StreamStep } from './inspection.ts';
export { Redactions } from './redactions.ts';
