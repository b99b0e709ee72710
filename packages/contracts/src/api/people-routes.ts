import { z } from 'zod';
import { none, noParams, PERSON_ROLES, route, workspaceQuery } from './route.ts';

const lifetime = z.string().regex(/^\d{1,9}(m|h|d)$/, 'such as 30m, 8h or 7d');

const tokenRow = z.strictObject({
  id: z.string(),
  person: z.string(),
  email: z.string(),
  role: z.enum(PERSON_ROLES),
  note: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
});

export const peopleRoutes = {
  'tokens.list': route({
    method: 'GET',
    path: '/api/people/tokens',
    summary: 'Tokens of people, without their secrets',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ items: z.array(tokenRow), next: z.null() }),
  }),
  'tokens.create': route({
    method: 'POST',
    path: '/api/people/tokens',
    summary: 'Make a token by which a person uses the control API in one workspace',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({
      email: z.string().max(250),
      role: z.enum(PERSON_ROLES),
      expiresIn: lifetime.optional().describe('Default 90d.'),
      note: z.string().max(200).optional(),
    }),
    reply: z.strictObject({
      id: z.string(),
      token: z.string().describe('Shown once.'),
      person: z.string(),
      email: z.string(),
      role: z.enum(PERSON_ROLES),
      expiresAt: z.string(),
    }),
  }),
  'tokens.revoke': route({
    method: 'DELETE',
    path: '/api/people/tokens/:token',
    summary: 'End a token now',
    params: z.strictObject({ token: z.string().max(64) }),
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ id: z.string(), revokedAt: z.string() }),
  }),
} as const;
