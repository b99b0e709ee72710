export const ACTION_KINDS = ['model.generate', 'tool.call', 'agent.message', 'task.start'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

export const EFFECTS = ['read', 'write', 'delete', 'send', 'export', 'pay', 'deploy', 'execute', 'grant'] as const;
export type Effect = (typeof EFFECTS)[number];

/** How strongly an action is enforced; recorded and shown, never called more than it is. */
export const GRADES = ['executed', 'proxied', 'advised'] as const;
export type Grade = (typeof GRADES)[number];

/** What callers may say about an action. Attribution only: identity never comes from these. */
export interface Attribution {
  readonly run?: string;
  readonly parentRun?: string;
  readonly feature?: string;
  readonly user?: string;
  readonly session?: string;
  readonly reason?: string;
  /** W3C trace id, 32 hex digits. */
  readonly traceId?: string;
  /** Names the run of an MCP session, for calls that nothing else joins to a run. Set by Reeve, never by callers. */
  readonly mcpSession?: string;
}

export const TAGS = ['feature', 'user', 'session', 'run', 'reason'] as const;
export type Tag = (typeof TAGS)[number];
