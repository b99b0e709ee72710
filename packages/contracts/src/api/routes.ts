import { accessRoutes } from './access-routes.ts';
import { approvalRoutes } from './approval-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { recordRoutes } from './record-routes.ts';

/** The control API. Names are the SDK's; paths are permanent. */
export const API_ROUTES = {
  ...fleetRoutes,
  ...policyRoutes,
  ...accessRoutes,
  ...recordRoutes,
  ...approvalRoutes,
  ...peopleRoutes,
} as const;
export type ApiRoutes = typeof API_ROUTES;
export type ApiRouteName = keyof ApiRoutes;
