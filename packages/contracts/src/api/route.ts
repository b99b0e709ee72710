import { z } from 'zod';

/** From least to most. A person has all roles up to theirs; `admin` is the admin token alone, and acts in every workspace. */
export const ROLES = ['viewer', 'approver', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export const PERSON_ROLES = ['viewer', 'approver', 'operator'] as const satisfies readonly Role[];
export type PersonRole = (typeof PERSON_ROLES)[number];

/** One declaration guards input, output and status of a control API route, and yields OpenAPI and the SDK's types. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Fastify style: `/api/runs/:run`. */
  readonly path: string;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly reply: Reply;
  /** The least role that may ask; default admin. What others than the admin may ask is about one workspace. */
  readonly role?: Role;
  /** Answers with server-sent events without end; `reply` is what each one carries. */
  readonly stream?: true;
}

export const none = z.undefined();
export const noParams = z.strictObject({});

/** Which tenant a request is about. */
export const workspaceQuery = z.strictObject({ workspace: z.string().max(63).default('default') });

export const pageQuery = workspaceQuery.extend({
  cursor: z.string().max(500).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export function page<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() });
}

export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  declared: Route<P, Q, B, R>,
): Route<P, Q, B, R> {
  return declared;
}

export function streamRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  declared: Route<P, Q, B, R>,
): Route<P, Q, B, R> & { readonly stream: true } {
  return { ...declared, stream: true };
}
