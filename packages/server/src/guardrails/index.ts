/** Content checks on what goes in and what comes out. */
export { catalogue } from './checks.ts';
export type { ContentEdit, ContentPart } from './content.ts';
export { Guardrails } from './guardrails.ts';
export type { Checker, StreamInspector } from './inspection.ts';
