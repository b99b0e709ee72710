import type { ErrorFacts } from '../../wire-error.ts';

export function anthropicError(facts: ErrorFacts): object {
  return {
    type: 'error',
    error: {
      type: typeOf(facts),
      message: facts.message,
      details: { error_code: facts.code, ...(facts.approval && { approval: facts.approval }) },
    },
    request_id: facts.id,
  };
}

export function anthropicStreamError(facts: ErrorFacts): string {
  return `event: error\ndata: ${JSON.stringify(anthropicError(facts))}\n\n`;
}

function typeOf(facts: ErrorFacts): string {
  if (facts.code === 'budget_exceeded') return 'billing_error';
  switch (facts.status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return facts.status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}
