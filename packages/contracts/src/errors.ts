/**
 * Every code that crosses the wire. Codes are permanent: clients switch on them.
 * `status` never is 408, 409, 429 or 5xx for a deterministic refusal, because client SDKs retry those.
 */
export interface ErrorEntry {
  readonly status: number;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the reader should do next. */
  readonly next: string;
}

export const ERRORS = {
  unauthenticated: entry(
    401,
    false,
    'The credential is missing, unknown, expired or revoked',
    'Send a key made with `reeve keys create --agent NAME` where your SDK puts its API key; under /api, send the admin token.',
  ),
  forbidden: entry(
    403,
    false,
    'This credential may not use this interface',
    'Use an admin token under /api, and the key of an agent everywhere else.',
  ),
  invalid_request: entry(
    400,
    false,
    'The request is malformed',
    'Correct what the message names; nothing was executed or charged.',
  ),
  invalid_arguments: entry(
    400,
    false,
    "The arguments do not fit the tool's schema",
    'Correct the argument that the message names, then call again.',
  ),
  invalid_fleet: entry(
    400,
    false,
    'The fleet has errors',
    'Correct each listed line; the version in force still serves.',
  ),
  request_timeout: entry(
    408,
    true,
    'The request did not arrive whole in time',
    'Send it again without pauses, or raise --request-timeout.',
  ),
  payload_too_large: entry(
    413,
    false,
    'The body is larger than the limit',
    'Send less, or raise the limit that the message names.',
  ),
  unsupported_media_type: entry(
    415,
    false,
    'The content type is not one this endpoint takes',
    'Send application/json.',
  ),
  not_found: entry(404, false, 'There is nothing at this address', 'Check the path and the name.'),
  method_not_allowed: entry(
    405,
    false,
    'This address does not take this method',
    'Use a method that docs/reference/http-api.md lists.',
  ),
  unknown_model: entry(
    404,
    false,
    'No model of this name is open to this agent',
    'Use a name that GET /v1/models lists, or `provider/model` with a configured provider.',
  ),
  unknown_tool: entry(404, false, 'No tool of this name is open to this agent', 'Use a name that the tool list shows.'),
  policy_denied: entry(
    403,
    false,
    'No policy permits this action, or a rule refuses it',
    "Ask the agent's owner: a permit may be missing (`reeve who-can` shows what exists), or a rule speaks against it.",
  ),
  approval_required: entry(
    403,
    false,
    'A person must approve this action first',
    'Make the identical call again once the approval that the message names is approved; `reeve approvals` shows what waits.',
  ),
  approval_denied: entry(
    403,
    false,
    'A person refused this action',
    'Do not repeat it: the identical call stays refused. Change the call, or talk to the person who decided.',
  ),
  guardrail_blocked: entry(
    403,
    false,
    'A guardrail refused the content',
    'Remove what the message names, then call again.',
  ),
  withheld: entry(403, false, 'The answer was withheld by a guardrail', "Ask for less, or talk to the agent's owner."),
  budget_exceeded: entry(
    403,
    false,
    'A budget would be exceeded',
    'Wait for the window to turn, or ask the owner to raise the cap; `reeve budgets` shows what is left.',
  ),
  price_unknown: entry(
    403,
    false,
    'The price of this model is unknown and the agent has a money budget',
    'Add a price to the model target or the workspace price table.',
  ),
  missing_tag: entry(403, false, 'A required attribution tag is missing', 'Send the header that the message names.'),
  limit_exceeded: entry(
    403,
    false,
    'A limit of this agent or run is used up',
    'Start a new run, or ask the owner to raise the limit.',
  ),
  rate_limited: entry(429, true, 'Too many calls in this minute', 'Wait for the seconds in retry-after.'),
  agent_suspended: entry(
    403,
    false,
    'The agent is stopped',
    'A person must do what the message names; `reeve stops` shows what is stopped, by whom and why.',
  ),
  run_stopped: entry(
    403,
    false,
    'The run is stopped',
    'A person must do what the message names; `reeve stops` shows the stop.',
  ),
  tool_stopped: entry(
    403,
    false,
    'The tool is stopped',
    'A person must do what the message names; `reeve stops` shows the stop.',
  ),
  credential_stopped: entry(
    403,
    false,
    'The credential is stopped',
    'A person must do what the message names; `reeve stops` shows the stop.',
  ),
  definition_changed: entry(
    403,
    false,
    'The tool changed since it was approved',
    'A person must review it: `reeve tools review`.',
  ),
  destination_denied: entry(
    403,
    false,
    'The destination is not on the allow-list',
    'Add the host to the destinations of the tool server.',
  ),
  idempotency_mismatch: entry(
    400,
    false,
    'This idempotency key was used for another request',
    'Use a new key for a new request.',
  ),
  action_in_progress: entry(
    403,
    false,
    'The first call with this idempotency key has not ended',
    'Ask for it with GET /actions/ID instead of sending it again.',
  ),
  outcome_unknown: entry(
    403,
    false,
    'An earlier attempt ended without a known outcome',
    'A person must look at `reeve actions show ID` and at the upstream; nothing repeats it by itself.',
  ),
  fail_closed: entry(
    403,
    false,
    'The decision could not be made or recorded, so nothing was done',
    'Look at /readyz and the server log, then call again.',
  ),
  conflict: entry(409, false, 'Somebody else changed this first', 'Read the present state, then decide again.'),
  overloaded: entry(503, true, 'The server is at a limit', 'Wait for the seconds in retry-after, then call again.'),
  upstream_failed: entry(
    502,
    true,
    'The upstream failed',
    'Look at the upstream; Reeve has charged only what it reported.',
  ),
  upstream_unavailable: entry(
    503,
    true,
    'The upstream is out of service for now',
    'Wait for the seconds in retry-after.',
  ),
  upstream_timeout: entry(
    504,
    true,
    'The upstream did not answer in time',
    'Call again, or raise the timeout of the model or tool server in the fleet.',
  ),
  internal: entry(500, true, 'Something went wrong inside Reeve', 'The server log has the cause, at this time.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERRORS, value);
}

function entry(status: number, retryable: boolean, title: string, next: string): ErrorEntry {
  return { status, retryable, title, next };
}
