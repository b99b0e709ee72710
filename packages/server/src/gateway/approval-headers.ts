import type { Waited } from './waiting-pipeline.ts';

/** Which approval a call waits for and where people give it, for clients that show only headers. */
export function approvalHeaders({
  outcome,
  approvalUrl,
}: Pick<Waited, 'outcome' | 'approvalUrl'>): Record<string, string> {
  if (outcome.approval === undefined) return {};
  return {
    'x-reeve-approval': outcome.approval,
    ...(approvalUrl === undefined ? {} : { 'x-reeve-approval-url': approvalUrl }),
  };
}
