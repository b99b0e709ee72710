import { type ApiRoutes, durationMs } from '@reeve/contracts';
import type { People } from '../access/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { iso, isoOrNull } from './time.ts';

type PeopleRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `tokens.${string}`>>;

export interface PeopleParts {
  readonly people: People;
}

export function peopleHandlers({ people }: PeopleParts): ApiHandlers<PeopleRoutes> {
  return {
    'tokens.list': async ({ query }) => ({ items: people.tokens(query.workspace).map(tokenRow), next: null }),
    'tokens.create': async ({ query, body, admin }) => {
      const { email, role, note, expiresIn } = body;
      const lifetimeMs = expiresIn === undefined ? undefined : durationMs(expiresIn);
      const wanted = { workspace: query.workspace, address: email, role, by: admin.subject, note, lifetimeMs };
      const { token, secret } = await people.createToken(wanted);
      const { id, person, address, expiresAtMs } = token;
      return { id, token: secret, person, email: address, role, expiresAt: iso(expiresAtMs) };
    },
    'tokens.revoke': async ({ query, params, admin }) => {
      const { id, revokedAtMs } = await people.revokeToken(query.workspace, params.token, admin.subject);
      return { id, revokedAt: isoOrNull(revokedAtMs) ?? '' };
    },
  };
}

function tokenRow(token: ReturnType<People['tokens']>[number]) {
  const { id, person, address, role, note, createdAtMs, expiresAtMs, revokedAtMs } = token;
  return {
    ...{ id, person, email: address, role, note: note === '' ? null : note },
    createdAt: iso(createdAtMs),
    expiresAt: iso(expiresAtMs),
    revokedAt: isoOrNull(revokedAtMs),
  };
}
