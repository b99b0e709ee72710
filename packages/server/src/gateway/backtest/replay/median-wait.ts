/** Held calls and when people decided them, if they did. */
export type WaitsOfPeople = (
  workspace: string,
  sinceMs: number,
  limit: number,
) => Promise<readonly { readonly requestedAtMs: number; readonly decidedAtMs: number | undefined }[]>;

const MAX_WAITS = 20_000;

/** Half of those who waited for people waited at most this long; null where nobody did. */
export async function medianWaitSeconds(
  waits: WaitsOfPeople | undefined,
  workspace: string,
  sinceMs: number,
): Promise<number | null> {
  const all = (await waits?.(workspace, sinceMs, MAX_WAITS)) ?? [];
  const took = all.flatMap(({ requestedAtMs, decidedAtMs }) =>
    decidedAtMs === undefined ? [] : [(decidedAtMs - requestedAtMs) / 1_000],
  );
  return took.sort((a, b) => a - b)[Math.floor((took.length - 1) / 2)] ?? null;
}
