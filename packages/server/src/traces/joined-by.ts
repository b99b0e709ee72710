/** Why an action is in its run, where its caller did not say so. Stored: what is here may be added to, not renamed. */
export interface JoinedBy {
  /** `uncertain`: `of` names the runs that it may belong to; none of them is blamed. */
  readonly by: 'conversation' | 'response' | 'proposal' | 'trace' | 'session' | 'uncertain';
  /** Actions that prove it, or runs that it may belong to. */
  readonly of: readonly string[];
}

/** One column: the evidence, then what it is made of. */
export function toColumn(joined: JoinedBy | undefined): string | null {
  return joined === undefined ? null : [joined.by, ...joined.of].join(' ');
}

export function fromColumn(column: string | null): JoinedBy | undefined {
  if (column === null) return undefined;
  const [by, ...of] = column.split(' ');
  return { by: by as JoinedBy['by'], of };
}
