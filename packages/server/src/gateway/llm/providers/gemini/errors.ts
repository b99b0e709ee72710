import type { ErrorFacts } from '../../wire-error.ts';

const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

export function geminiError(facts: ErrorFacts): object {
  const { approval } = facts;
  const metadata = {
    action: facts.id,
    ...(approval && { approval: approval.id }),
    ...(approval?.url === undefined ? {} : { approvalUrl: approval.url }),
  };
  return {
    error: {
      code: facts.status,
      message: facts.message,
      status: statusOf(facts.status),
      details: [{ '@type': ERROR_INFO, reason: facts.code, domain: 'reeve', metadata }],
    },
  };
}

/** Clients raise on a bare error object; inside a data line they would take it for an empty answer. */
export function geminiStreamError(facts: ErrorFacts): string {
  return JSON.stringify(geminiError(facts));
}

function statusOf(status: number): string {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return 'INVALID_ARGUMENT';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
    case 405:
      return 'NOT_FOUND';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 503:
      return 'UNAVAILABLE';
    case 408:
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      return 'INTERNAL';
  }
}
