/** One row of what Reeve must do, and the tests that prove it through the product: official SDKs, command line, HTTP. */
export interface Requirement {
  readonly sentence: string;
  /** `proven`: every word of it. `partly`: some of it, and `missing` says what is not. `open`: not begun, or not proven. */
  readonly status: 'proven' | 'partly' | 'open';
  /** What is not proven; of an open row, why it is open. */
  readonly missing?: string;
  readonly tests: readonly Proof[];
}

/** A file, and the exact name of a test in it as its source has it. */
export type Proof = readonly [file: string, test: string];

const MODELS = 'e2e/models';
const CORE = 'e2e/core';
const APPROVALS = 'e2e/approvals';
const SECURITY = 'e2e/security';
const MCP = 'e2e/mcp';
const POLICY = 'e2e/policy/policy.test.ts';
const AARM = 'e2e/aarm/aarm.test.ts';
const SDK = 'e2e/sdk';
const RACE = `${APPROVALS}/race.test.ts`;
const CLIENTS = 'e2e/approvals-clients';
const RISK = 'e2e/risk/risk.test.ts';
const ENGINE = 'packages/server/src/risk/risk-engine.test.ts';
const SCENARIOS: Proof = [
  'examples/scenarios.test.ts',
  'the story of the %s is told to its end: caught with its reasons, and its benign twin passes',
];
const FLOW = 'e2e/flow';
const STORY: Proof = [
  'examples/governed-path/governed-path.test.ts',
  'the governed path is told to its end, and every line is as expected',
];

const open = (sentence: string, missing?: string): Requirement => ({
  sentence,
  status: 'open',
  ...(missing === undefined ? {} : { missing }),
  tests: [],
});
const proven = (sentence: string, ...tests: Proof[]): Requirement => ({ sentence, status: 'proven', tests });
const partly = (sentence: string, missing: string, ...tests: Proof[]): Requirement => ({
  sentence,
  status: 'partly',
  missing,
  tests,
});

export const REQUIREMENTS = {
  'REG-1': proven('One record per agent, with all that a security lead asks for', [
    `${CORE}/registry.test.ts`,
    'keeps one record per agent, with all that a security lead asks for',
  ]),
  'REG-2': partly(
    'Fleet as code: plan, apply, export, rollback; every change on the ledger',
    'of risk rules, that an apply of them is on the ledger is proven for all objects alike',
    [
      `${CORE}/registry.test.ts`,
      'plans, applies, exports and rolls back through the command line, and every change is on the ledger',
    ],
    [`${CORE}/registry.test.ts`, 'applies while streams are open, and drops none of them'],
    [`${CORE}/registry.test.ts`, 'refuses %s with file, line and column, and the version in force still serves'],
    [`${CORE}/registry.test.ts`, 'prints file, line and column of a fault, and exits with 1'],
  ),
  'REG-3': open('Lifecycle: states, ownership transfer, orphans, access reviews with expiry'),
  'REG-4': proven(
    'Nothing unregistered gets through, and it appears as a shadow agent',
    [`${CORE}/identity.test.ts`, '%s: an unknown credential is refused and becomes a shadow agent'],
    [
      `${CORE}/identity.test.ts`,
      'a key of an agent that left the fleet is refused as a shadow, and the agent can come back',
    ],
    [`${CORE}/identity.test.ts`, 'an MCP client with an unknown key cannot connect'],
  ),
  'REG-5': proven('Who-can is one query, with the conditions left over', [
    `${CORE}/registry.test.ts`,
    'answers who can do what, with the conditions left over',
  ]),
  'REG-6': open('Agent card: one page per agent, one command for the fleet'),

  'IDN-1': partly(
    'Each agent has its own identity and credentials; shared ones are flagged',
    'SPIFFE-style ids; the flag of a shared key is proven below the product only',
    [
      `${CORE}/identity.test.ts`,
      'a key serves its own workspace only, and no run, action, key or stop of another is visible',
    ],
    [`${CORE}/identity.test.ts`, '%s: an admin token is no agent'],
  ),
  'IDN-2': partly(
    'Short-lived scoped tokens; keys hashed, expiring, rotatable; revocation within a second',
    'access tokens (client credentials, private_key_jwt); several replicas',
    [
      `${CORE}/identity.test.ts`,
      'a key that is expired, rotated past its overlap, or of an agent that is gone no longer works',
    ],
    [`${CORE}/containment.test.ts`, 'a revoked key ends its open streams at once, and never works again'],
  ),
  'IDN-3': open('Delegation chains with a human sponsor'),
  'IDN-4': open('Workload federation'),
  'IDN-5': open('People: sign-in, roles, separation of duties'),
  'IDN-6': partly(
    'Upstream credentials are held by Reeve; model and agent never see them',
    'external vaults, and scopes per agent and task',
    [`${MODELS}/records.test.ts`, "%s: the provider sees Reeve's credential only, the agent its own only"],
    [`${CORE}/actions.test.ts`, 'cuts the credential out of an answer that echoes it'],
  ),
  'IDN-7': partly(
    'Workspaces isolate tenants in every store, cache and query',
    'a proof over every query of every store',
    [
      `${CORE}/identity.test.ts`,
      'a key serves its own workspace only, and no run, action, key or stop of another is visible',
    ],
    [`${MCP}/workspaces.test.ts`, 'each agent reaches the server of its own workspace, at the same time'],
  ),

  'GWY-1': proven(
    'Model calls of OpenAI, Anthropic and Gemini by unchanged official SDKs, streaming end to end',
    [`${MODELS}/openai.test.ts`, 'streams text and tool calls'],
    [`${MODELS}/openai.test.ts`, 'uses responses, embeddings and models'],
    [`${MODELS}/anthropic-gemini.test.ts`, 'serves the official Anthropic client'],
    [`${MODELS}/anthropic-gemini.test.ts`, 'serves the official Gemini client'],
    [`${MODELS}/anthropic-gemini.test.ts`, 'serves the ai package over both shapes'],
    [`${MODELS}/refusals.test.ts`, '%s: a refusal is an error of its own class with 403 and the code, once'],
    [`${MODELS}/records.test.ts`, '%s: usage and price are on the record, the run is named'],
    [`${CORE}/frameworks.test.ts`, 'LangGraph runs a tool loop in one run'],
    [`${CORE}/frameworks.test.ts`, 'OpenAI Agents runs a tool loop in one run (responses: %s)'],
    STORY,
  ),
  'GWY-2': partly(
    'Model routes: fallback, retry, balancing, time-outs, circuit breaker, caching, cross-provider fallback',
    'routing by task class, response caching, fallback across API shapes; all but fallback proven below the product only',
    [`${MODELS}/openai.test.ts`, 'chats through a route with fallback, and is told run, action, decision and cost'],
  ),
  'GWY-3': proven(
    'MCP in both eras on both sides, HTTP and stdio; filtered lists; pinned definitions',
    [`${MCP}/official-clients.test.ts`, '%s: a read is allowed, a write is refused with a reason and does nothing'],
    [`${MCP}/list-changes.test.ts`, '%s: clients hear of changes of their own agent and of policies'],
    [
      `${CORE}/drift.test.ts`,
      'a tool whose definition changed is refused and not listed until a person approved it by the command line',
    ],
    ['packages/server/src/gateway/mcp/mcp-plane.test.ts', 'lists and calls for a client that negotiates %s'],
    STORY,
  ),
  'GWY-4': open('Agents as upstreams (A2A, plain HTTP)'),
  'GWY-5': partly(
    'HTTP tools with allow-listed egress, and a propose/execute API',
    'actions that the agent executes itself and reports; plans',
    [
      `${CORE}/actions.test.ts`,
      'proposes, decides and executes in one call, with a credential that the agent never sees',
    ],
    [`${CORE}/actions.test.ts`, '%s leads inside, and is not reached'],
    [`${CORE}/actions.test.ts`, 'does not follow a redirect, wherever it leads'],
    [`${CORE}/actions.test.ts`, 'a dry run decides and executes nothing'],
  ),
  'GWY-6': proven(
    'A retried action with the same key is executed once',
    [`${CORE}/actions.test.ts`, 'executes a key once under 20 concurrent callers, and answers all of them alike'],
    [`${MCP}/idempotency.test.ts`, 'ten calls at once are one payment, and all are told of it'],
  ),

  'POL-1': partly(
    'Agent proposes, policy decides, executor acts; default deny; new agents read-only; Cedar, or OPA',
    'OPA as an alternative engine',
    [
      `${CORE}/actions.test.ts`,
      'a tool among those of the agent that no policy permits is refused with a message that teaches',
    ],
    [`${MCP}/official-clients.test.ts`, '%s: a read is allowed, a write is refused with a reason and does nothing'],
    STORY,
  ),
  'POL-2': proven(
    'Policy as code: unit tests, dry runs, back-test on recorded traffic, never-matching rules, who-can diff',
    [POLICY, 'cases beside policies run without a server, and a failing one is named by file and line'],
    [POLICY, 'a forbid that holds makes the call wait in its own words, and does nothing'],
    [POLICY, 'a policy in dry-run decides nothing, and the record says what it would have decided'],
    [POLICY, 'a workspace in shadow proposes and nothing is executed, with what would have been decided on the record'],
    [
      POLICY,
      'recorded calls are replayed through a candidate: what would change, what is at stake, who would be asked',
    ],
    [POLICY, 'a plan says whose calls will wait that did not before'],
    [RISK, 'a fleet with a rule that can never match is refused with file, line and column'],
    [
      `${CORE}/registry.test.ts`,
      'plans, applies, exports and rolls back through the command line, and every change is on the ledger',
    ],
  ),
  'POL-3': proven(
    'Deterministic limits: schemas, destinations, call caps, retries, wall-clock',
    [`${CORE}/limits.test.ts`, 'toolCallsPerRun holds under concurrency, per run, and says what to do'],
    [`${CORE}/limits.test.ts`, 'modelCallsPerRun counts calls of every model endpoint together'],
    [`${CORE}/limits.test.ts`, '%s answers 429 with retry-after'],
    [`${CORE}/limits.test.ts`, 'retriesPerCall stops an identical call, not another'],
    [`${CORE}/limits.test.ts`, 'wallClockPerRun ends a run by its age'],
    [`${CORE}/actions.test.ts`, '%s is refused, and nothing is sent'],
    [
      `${CORE}/actions.test.ts`,
      'a fleet whose tool could only reach a host that is not among its destinations is refused',
    ],
  ),
  'POL-4': proven(
    'Fail closed: what cannot be decided or recorded does not happen',
    [`${CORE}/fail-closed.test.ts`, 'a policy that cannot be evaluated refuses the call'],
    [`${CORE}/fail-closed.test.ts`, 'a schema that hangs refuses the call, and others are served meanwhile'],
    [`${CORE}/fail-closed.test.ts`, 'without its database nothing is decided and nothing goes upstream'],
    [
      `${CORE}/budgets.test.ts`,
      'refuses a model without a price where there is a budget in money, and says what to do',
    ],
  ),

  'RSK-1': partly(
    'Risk is scored from context, with its parts on every decision',
    'sensitivity of targets has no measure of its own but effect and labels; deviation from a baseline is proven below the product only',
    [
      RISK,
      'an order that is permitted is held by its risk; score, parts and words are on the record, not in the answer',
    ],
    [RISK, 'of 50 orders at once exactly as many reach the shop as the sum allows'],
    [ENGINE, 'baselines are of the agent itself'],
    SCENARIOS,
  ),
  'RSK-2': proven('Scenario: runaway purchase order', SCENARIOS),
  'RSK-3': proven('Scenario: exfiltration one record at a time', SCENARIOS),
  'RSK-4': proven('Scenario: midnight deployment', SCENARIOS),
  'RSK-5': proven('Scenario: escalation chain', SCENARIOS),
  'RSK-6': proven('Scenario: feedback loop', SCENARIOS),
  'RSK-7': partly(
    'Thresholds adapt to the baseline; new agents start strict',
    'proven below the product only; thresholds relax by history without a refusal, not by the baseline of values',
    [ENGINE, 'are judged strictly, and the evidence is shown'],
    [ENGINE, 'evidence that came since is seen within seconds'],
  ),
  'RSK-8': partly(
    'Second opinion by a classifier model',
    'which effects are put to it is proven below the product only',
    [RISK, 'a model that fails holds the action'],
    [
      'packages/server/src/risk/opinion/second-opinion.test.ts',
      'it is asked for what it is wanted for, and its answer, model and cost are on the record',
    ],
  ),

  'FLW-1': proven(
    'The lethal trifecta, computed per agent and tracked per run',
    [
      `${FLOW}/declassification.test.ts`,
      'private data, content from outside and a way out: shown per agent, and per run as they come in',
    ],
    [`${FLOW}/injection.test.ts`, 'is stopped from mailing what a page told it to, and is told why'],
    [`${FLOW}/injection.test.ts`, 'mails whom the person names, after reading the same web'],
    [
      `${FLOW}/injection.test.ts`,
      'a call that may be of several runs takes the stricter reading, and none of them the blame',
    ],
    [
      `${FLOW}/declassification.test.ts`,
      'what a person lets pass passes once, and the record says who let which value pass',
    ],
  ),
  'FLW-2': partly(
    'Flow enforcement on recorded attacks',
    'the figures on recorded attacks are measured by `npm run bench:flow`, outside `npm test`',
    [`${FLOW}/injection.test.ts`, 'is stopped from mailing what a page told it to, and is told why'],
    [`${FLOW}/injection.test.ts`, 'mails whom the person names, after reading the same web'],
    [
      `${FLOW}/declassification.test.ts`,
      'what a person lets pass passes once, and the record says who let which value pass',
    ],
  ),

  'APR-1': proven(
    'What is not reversible, or risky, waits for a person',
    [`${APPROVALS}/race.test.ts`, 'waits, is approved by another person, goes through once, and waits again'],
    [`${APPROVALS}/race.test.ts`, '50 calls at once under one approval pay once'],
    [`${APPROVALS}/mcp.test.ts`, 'a client %s is held, and of 20 calls at once after the approval one is executed'],
    [
      `${APPROVALS}/kill.test.ts`,
      'killed at random moments of a race: each approval is used once at most, and what was acknowledged is kept',
    ],
  ),
  'APR-2': proven(
    'The approver sees all, may edit or grant; the approval binds',
    [`${APPROVALS}/command-line.test.ts`, 'shows what waits, and lets it pass by what was shown'],
    [
      `${APPROVALS}/command-line.test.ts`,
      'a person with a token of their own refuses with a reason, edits, and grants',
    ],
    [
      `${APPROVALS}/race.test.ts`,
      'arguments that an approver edited are judged again and paid in the place of the others',
    ],
    [`${APPROVALS}/race.test.ts`, 'another digest, an earlier one and none are refused'],
    [`${APPROVALS}/race.test.ts`, 'a changed fleet voids what was approved under the one before'],
    [`${APPROVALS}/race.test.ts`, 'a grant lets calls within its bounds pass, until it is revoked'],
    [`${SECURITY}/approvals.test.ts`, 'an approved call with %s is what was seen, or does not pass'],
    [
      `${SECURITY}/approvals.test.ts`,
      'a grant for any arguments covers no larger amount, none below nothing, no other tool, agent or count',
    ],
  ),
  'APR-3': partly(
    'Separation of duties, quorum, escalation, channels',
    'the console',
    [`${CLIENTS}/channels.test.ts`, 'every channel hears that it waits, and how it ended'],
    [`${CLIENTS}/channels.test.ts`, 'a click in Slack decides as the person that it is mapped to'],
    [
      `${CLIENTS}/channels.test.ts`,
      'the link in the mail shows and decides nothing; its form lets the call pass once, as that person',
    ],
    [
      `${APPROVALS}/objects.test.ts`,
      'two people of those named must agree; one twice is one, and another approver is none',
    ],
    [`${APPROVALS}/objects.test.ts`, 'who is asked next may decide once it is their turn'],
    [`${APPROVALS}/objects.test.ts`, 'nobody answered in time: that is no, and a late answer changes nothing'],
    [
      `${APPROVALS}/race.test.ts`,
      'of 50 decisions at once by different people one wins and the rest hear who was first; of 50 calls then one pays',
    ],
    [`${APPROVALS}/race.test.ts`, 'the owner of the agent may refuse, and not approve; nor may whom the run acts for'],
    [`${APPROVALS}/race.test.ts`, 'an approver of another workspace cannot tell an approval from none'],
    [`${SECURITY}/approval-channels.test.ts`, 'a person with a link, a Slack account and two tokens is one of two'],
    [`${SECURITY}/approval-channels.test.ts`, 'one that is sent again, or fifty times at once, counts once'],
    [
      `${SECURITY}/approvals-kill.test.ts`,
      'killed between sending a message and noting that it was sent: sent again under the same id, once',
    ],
  ),
  'APR-4': proven(
    'Approvals for unmodified clients',
    [
      `${CLIENTS}/mcp.test.ts`,
      'that declares nothing: told what waits and where, and the identical call goes through once',
    ],
    [`${CLIENTS}/mcp.test.ts`, 'with a progress token: kept open with progress until a person approved'],
    [`${CLIENTS}/tasks.test.ts`, 'works until people decide, then the call is made once and its result is the task’s'],
    [
      `${CLIENTS}/http.test.ts`,
      'x-reeve-wait keeps the call open until a person approved; it then runs as an action of its own',
    ],
    [
      `${SDK}/langgraph.test.ts`,
      'what Reeve holds interrupts the graph with the approval; resumed after people approved, it goes through once',
    ],
    [`${SDK}/langgraph.test.ts`, 'what ran beside the held call does not run again when the graph is resumed'],
    [
      `${SDK}/openai-agents.test.ts`,
      'what Reeve holds interrupts the run; approved by people it goes through once, also from a stored state',
    ],
    [`${SDK}/ai-sdk.test.ts`, 'what Reeve holds is an approval request; approved, it runs once (%s)'],
    [`${SDK}/ai-sdk.test.ts`, 'approved in the application alone it does not run'],
    [`${SDK}/guard.test.ts`, 'held: nothing runs, and the identical call runs once when somebody else approved'],
    [`${SDK}/guard.test.ts`, 'never reported: recorded as unknown, never as succeeded, and a late report is not taken'],
  ),

  'GRD-1': partly(
    'At least 70 native checks on every message, argument, result, endpoint and stream',
    'the catalogue: seventeen checks exist',
    [`${CORE}/guardrails.test.ts`, 'is refused, and nothing goes upstream'],
    [`${CORE}/guardrails.test.ts`, 'is cut out where the guardrail redacts'],
    [`${CORE}/guardrails.test.ts`, '%s is withheld'],
    [`${CORE}/guardrails.test.ts`, '%s is cut out where the guardrail redacts'],
  ),
  'GRD-2': open('Deny, redact reversibly, hold, flag; external services and models as judges'),
  'GRD-3': open('Adversarial kit'),

  'CST-1': proven(
    'Every call is attributed; missing required tags are refused',
    [`${CORE}/budgets.test.ts`, 'refuses calls without a required tag, of the agent or of the workspace'],
    [`${MODELS}/records.test.ts`, '%s: usage and price are on the record, the run is named'],
    [
      `${MODELS}/records.test.ts`,
      'one run joins the calls of every client that names it, and another agent cannot join',
    ],
  ),
  'CST-2': partly(
    'Hard caps, never exceeded under concurrency, streaming, aborts or several replicas; the owner is told',
    'several replicas; telling the owner by e-mail or other channels',
    [
      `${CORE}/budgets.test.ts`,
      'stops exactly at its cap under 200 concurrent callers, and stays there after a restart',
    ],
    [
      `${CORE}/budgets.test.ts`,
      'never spends above its cap with plain, streamed and aborted calls of unknown length mixed',
    ],
    [`${CORE}/budgets.test.ts`, 'caps calls per %s exactly'],
    [`${CORE}/budgets.test.ts`, 'caps tokens, and counts those of the input'],
    STORY,
  ),
  'CST-3': open('Unit economics, forecast, spikes'),

  'KIL-1': partly(
    'Stop an agent, run, tool, credential or all within a second; resume is explicit',
    'several replicas; queued approvals, delegated children and tokens, which do not exist yet; a scheduled drill',
    [
      `${CORE}/containment.test.ts`,
      'a stop of %s ends its open streams within a second, and nothing starts until it is resumed',
    ],
    [`${CORE}/containment.test.ts`, 'a stop of a tool ends its open calls, and leaves other tools and models alone'],
    STORY,
  ),

  'AUD-1': partly(
    'Append-only, written before the side effect, a Merkle log in a public format, verifiable offline, witnessed',
    'approvals on the ledger; cosignatures of witnesses; the check by other implementations runs outside `npm test` (e2e/interop)',
    [`${CORE}/ledger.test.ts`, 'verifies from a copy of its files alone, without a server'],
    [`${CORE}/ledger.test.ts`, 'names the entry in which one byte was changed, with exit code 4'],
    [`${CORE}/ledger.test.ts`, 'detects any changed byte of any file, a cut end, and another key'],
    [`${CORE}/ledger.test.ts`, 'proves a single entry with a receipt that stands alone'],
    STORY,
  ),
  'AUD-2': partly(
    'Replay a run in order; compare two runs; side effects by run and runs by side effect',
    'comparing two runs',
    [`${CORE}/ledger.test.ts`, 'answers which action caused a side effect, and shows the run in order'],
  ),
  'AUD-3': partly(
    'Tiered retention: payloads encrypted and erasable; erasing never breaks verification',
    'erasing on demand and its access control through the product',
    [
      `${CORE}/ledger.test.ts`,
      'holds no content and no address of a person, while the payloads are kept apart and encrypted',
    ],
    [
      'packages/server/src/audit/payload-store.test.ts',
      'an erased payload is gone, recorded once, and the ledger verifies',
    ],
  ),
  'AUD-4': open('Export: JSONL, OCSF, CSV; evidence packs'),

  'OBS-1': partly(
    'One trace per run across agents: every call and decision, with timing and outcome; waterfall, graph, replay',
    'lineage across agents is proven below the product only; waterfall, graph and replay',
    [
      `${MODELS}/records.test.ts`,
      'one run joins the calls of every client that names it, and another agent cannot join',
    ],
    [`${CORE}/frameworks.test.ts`, 'LangGraph runs a tool loop in one run'],
    ['packages/server/src/traces/traces.test.ts', 'a run is shown as a tree across agents, by id, name or agent/name'],
  ),
  'OBS-2': open('OpenTelemetry out and in; Prometheus metrics'),
  'OBS-3': open('Service levels per agent; alerts within five minutes'),
  'OBS-4': open('Drift of behaviour against the baseline'),

  'RBK-1': open('Compensating actions; undo a step, a run, the last actions'),
  'RBK-2': open('Snapshots before a critical write'),
  'RBK-3': open('All-or-nothing plans'),
  'RBK-4': open('Shadow traffic for a candidate version'),
  'RBK-5': open('Dead letters'),
  'RBK-6': open('Rehearsal of rollback procedures'),

  'EVL-1': open('Suites with outcome distributions'),
  'EVL-2': open('Canaries and promotion gates'),

  'DSC-1': open('Find undocumented agents'),

  'RDY-1': open('The readiness checklist as live states'),
  'RDY-2': open('Hardening order by risk; maturity level'),

  'UIX-1': open('Console'),
  'UIX-2': partly(
    'CLI with the same reach; TypeScript SDK; OpenAPI document',
    'the commands of later steps; a check of the OpenAPI document by an independent client',
    [
      `${CORE}/registry.test.ts`,
      'plans, applies, exports and rolls back through the command line, and every change is on the ledger',
    ],
    [`${CORE}/ledger.test.ts`, 'answers which action caused a side effect, and shows the run in order'],
  ),

  'OPS-1': partly(
    'One command on a bare machine; several replicas on PostgreSQL and Redis',
    'several replicas; `npm start` itself on a fresh clone of a bare machine',
    [
      `${CORE}/start.test.ts`,
      'one command starts on SQLite alone, keeps what it knew over a restart, and ends cleanly',
    ],
    STORY,
  ),
  'OPS-2': partly(
    'Crash-safe; backup and restore; upgrades migrate',
    'backup, restore and upgrades; kill -9 is proven for ledger and budgets, not yet through a whole server under load',
    [
      'packages/server/src/audit/ledger-crash.test.ts',
      'after SIGKILL in the middle of load every acknowledged entry is there and the tree verifies',
    ],
    [
      'packages/server/src/budgets/budget-crash.test.ts',
      'kills do not open a cap: what is charged and what is left add up to it',
    ],
  ),
  'OPS-3': partly(
    'Bounded: memory, queues, disk and payloads have limits; overload is refused with a clear error',
    'a limit of the disk; memory over a million calls is measured by `npm run bench`',
    ['e2e/hardening/limits.test.ts', 'connections above the limit are told to come back, and may once others left'],
    ['e2e/hardening/fuzz.test.ts', 'thousands of mutated requests meet refusals, never a fault'],
  ),

  // The technical tests of AARM v1.0 (Cloud Security Alliance). Its DEFER is a hold that waits for facts, its STEP_UP one that waits
  // for a person. "AARM-conformant" takes more than these tests.
  'AARM-1': proven('R1: what matches a denial does not execute; denial receipt', [
    AARM,
    '1: what a policy denies does not execute, and there is a receipt of the denial',
  ]),
  'AARM-2': proven('R1: what matches a deferral is suspended without effect; deferral receipt', [
    AARM,
    '2, 9: a call that leaves out what decides waits for facts, does nothing, and there is a receipt of the deferral',
  ]),
  'AARM-3': proven(
    'R1: with the control plane unavailable the action fails',
    [`${CORE}/fail-closed.test.ts`, 'without its database nothing is decided and nothing goes upstream'],
    [`${CORE}/fail-closed.test.ts`, 'a policy that cannot be evaluated refuses the call'],
    [`${SDK}/guard.test.ts`, 'Reeve out of reach: nothing runs'],
  ),
  'AARM-4': partly(
    'R2: at step N the policy has all earlier actions and data classes; unclassified is most sensitive',
    'what no declaration classifies is untrusted and outward, but not private; earlier actions reach rules as signals and sequences, not as a list',
    [AARM, '7: what is allowed is denied after sensitive data was read, in that run alone'],
    [
      `${FLOW}/declassification.test.ts`,
      'private data, content from outside and a way out: shown per agent, and per run as they come in',
    ],
    SCENARIOS,
  ),
  'AARM-5': partly(
    'R2: tampering with an earlier context entry is detected',
    'what is on the ledger is; labels of runs are in memory and not signed',
    [`${CORE}/ledger.test.ts`, 'names the entry in which one byte was changed, with exit code 4'],
  ),
  'AARM-6': proven('R3: a forbidden action is denied whatever the context', [
    AARM,
    '6: what is forbidden is denied in whatever context',
  ]),
  'AARM-7': proven('R3: an allowed action is denied after sensitive data was read', [
    AARM,
    '7: what is allowed is denied after sensitive data was read, in that run alone',
  ]),
  'AARM-8': proven('R3: a normally denied action passes where the context confirms it', [
    AARM,
    '8: what is denied is allowed where the context confirms it',
  ]),
  'AARM-9': partly(
    'R3: ambiguous or conflicting context, missing fields and equal-priority conflict defer',
    'of two rules that disagree the stricter decides, which is never a deferral',
    [
      AARM,
      '2, 9: a call that leaves out what decides waits for facts, does nothing, and there is a receipt of the deferral',
    ],
    [ENGINE, 'a step without its joining value is held for facts'],
  ),
  'AARM-10': proven(
    'R4: ALLOW executes, DENY blocks, MODIFY transforms, STEP_UP pauses, DEFER suspends',
    [
      `${CORE}/actions.test.ts`,
      'proposes, decides and executes in one call, with a credential that the agent never sees',
    ],
    [AARM, '1: what a policy denies does not execute, and there is a receipt of the denial'],
    [`${CORE}/guardrails.test.ts`, 'is cut out where the guardrail redacts'],
    [RACE, 'waits, is approved by another person, goes through once, and waits again'],
    [
      AARM,
      '2, 9: a call that leaves out what decides waits for facts, does nothing, and there is a receipt of the deferral',
    ],
  ),
  'AARM-11': proven(
    'R4: STEP_UP unanswered is DENY at its time-out',
    [AARM, '11, 12: nobody resolved it in time, a person or facts: denied'],
    [`${CLIENTS}/http.test.ts`, 'nobody answers: refused when its time is over, and nobody is asked anew'],
  ),
  'AARM-12': proven('R4: DEFER unresolved is DENY at its time-out', [
    AARM,
    '11, 12: nobody resolved it in time, a person or facts: denied',
  ]),
  'AARM-13': partly(
    'R5: a receipt of each of the five has requester, delegation chain, policy version',
    'delegation chains, which do not exist yet; the receipt of a modified call is not looked at',
    [AARM, '13, 15: each receipt names requester and policy version, and no other requester or version fits it'],
  ),
  'AARM-14': proven('R5: a receipt verifies offline', [
    `${CORE}/ledger.test.ts`,
    'proves a single entry with a receipt that stands alone',
  ]),
  'AARM-15': proven('R5: with another requester or policy hash it does not verify', [
    AARM,
    '13, 15: each receipt names requester and policy version, and no other requester or version fits it',
  ]),
  'AARM-16': partly(
    'R5: the receipt of a deferred action has reason, method and time of its resolution',
    'the words of who resolved it are personal: they stay with the approval, the receipt has who, what and when',
    [
      AARM,
      '16, 18: what was deferred and then resolved is done as who asked; who resolved it, how and when is on the ledger',
    ],
    [RACE, 'every step is on the ledger, by ids, without what was paid to whom'],
  ),
  'AARM-17': partly(
    'R6: principals and sessions are attributed, with role and scope at that time',
    'roles and scopes of agents are those of the fleet version on the record, not fields of their own',
    [AARM, '17: two principals of one session are told apart, each with the version under which it acted'],
  ),
  'AARM-18': proven('R6: what was deferred and then resolved keeps its original identity', [
    AARM,
    '16, 18: what was deferred and then resolved is done as who asked; who resolved it, how and when is on the ledger',
  ]),
  'AARM-19': proven('R7: a sequence that drifts past its threshold, also gradually, is escalated', SCENARIOS, [
    ENGINE,
    'repeated price changes are seen by rate and by deviation from the first value of the session',
  ]),
  'AARM-20': open(
    'R8: export to a SIEM in its schema, deferrals too',
    'there is no export but the ledger itself (AUD-4)',
  ),
  'AARM-21': open(
    'R9: the credential of a read cannot write',
    'a tool server has one credential for all its tools; scopes per agent and task come with IDN-6',
  ),
} as const satisfies Readonly<Record<string, Requirement>>;
