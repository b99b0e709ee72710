const BRAND = Symbol.for('reeve.refusal');

/** What somebody said of a call that was not let pass, as its caller may hear it. */
export interface CallFinding {
  readonly by: string;
  readonly verdict: string;
  readonly code?: string;
  readonly message: string;
}

export interface RefusalFacts {
  readonly tool: string;
  /** One of the catalogue in docs/reference/errors.md. */
  readonly code: string;
  readonly message: string;
  /** What would help. */
  readonly next?: string | undefined;
  readonly action?: string | undefined;
  readonly run?: string | undefined;
  readonly findings?: readonly CallFinding[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the function ran; then the call must not simply be repeated. */
  readonly ran?: boolean;
}

/** Any reason why a governed function did not run, or why its result is withheld. */
export class ReeveRefusal extends Error {
  readonly [BRAND] = true;
  readonly tool: string;
  readonly code: string;
  readonly next: string | undefined;
  readonly action: string | undefined;
  readonly run: string | undefined;
  readonly findings: readonly CallFinding[];
  readonly retryAfterSeconds: number | undefined;
  readonly ran: boolean;

  constructor(facts: RefusalFacts, cause?: unknown) {
    super(facts.message, cause === undefined ? undefined : { cause });
    this.name = 'ReeveRefusal';
    this.tool = facts.tool;
    this.code = facts.code;
    this.next = facts.next;
    this.action = facts.action;
    this.run = facts.run;
    this.findings = facts.findings ?? [];
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.ran = facts.ran ?? false;
  }

  /** Also true for an error of another copy of this package. */
  static is(value: unknown): value is ReeveRefusal {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

export interface PendingApproval {
  readonly id: string;
  /** Where people answer. */
  readonly url: string;
}

/** A person must approve first. The identical call goes through once when one has. */
export class ReeveHeld extends ReeveRefusal {
  readonly approval: PendingApproval;

  constructor(facts: RefusalFacts, approval: PendingApproval) {
    super(facts);
    this.name = 'ReeveHeld';
    this.approval = approval;
  }

  static override is(value: unknown): value is ReeveHeld {
    return ReeveRefusal.is(value) && 'approval' in value;
  }
}

/** Refused, stopped, or its result withheld: the same call would be refused again. */
export class ReeveDenied extends ReeveRefusal {
  override readonly name = 'ReeveDenied';
}

/** Reeve could not be asked, or not be told. What it did not decide was not run. */
export class ReeveUnreachable extends ReeveRefusal {
  override readonly name = 'ReeveUnreachable';
}
