/** Content checks on what goes in and what comes out. */
export type { ContentEdit, ContentPart } from './content.ts';
