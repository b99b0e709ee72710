import type { ErrorFacts } from '../../wire-error.ts';

export function openaiError(facts: ErrorFacts): object {
  const { message, status, code, approval } = facts;
  return { error: { message, type: typeOf(status), param: null, code, ...(approval && { approval }) } };
}

/** Chat clients raise on a data line with `error`, clients of the Responses API on `event: error`. */
export function openaiStreamError(facts: ErrorFacts, surface: string): string {
  const { error } = openaiError(facts) as { error: object };
  if (surface !== 'openai.responses') return `data: ${JSON.stringify({ error })}\n\n`;
  const event = { type: 'error', code: facts.code, message: facts.message, param: null, sequence_number: 0, error };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status >= 500 ? 'server_error' : 'invalid_request_error';
  }
}
