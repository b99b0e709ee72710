import { POLICY_ACTIONS, type PolicyAction, type Scope } from './policy.ts';

export const NAMESPACE = 'Reeve';

export interface EntityName {
  readonly type: string;
  readonly id: string;
}

interface Constraint {
  readonly op: 'All' | '==' | 'in' | 'is';
  readonly entity?: EntityName | { readonly __entity: EntityName };
  readonly entities?: readonly (EntityName | { readonly __entity: EntityName })[];
  readonly entity_type?: string;
  readonly in?: { readonly entity?: EntityName | { readonly __entity: EntityName } };
}

export interface ScopeJson {
  readonly principal: unknown;
  readonly action: unknown;
  readonly resource: unknown;
}

/** Keys under which the index finds policies; names come last, so no name can imitate another key. */
export function entityKey(type: string, id: string): string {
  return `= ${type} ${id}`;
}

export function typeKey(type: string): string {
  return `is ${type}`;
}

/** `in` a leaf means the leaf itself, because only a tool has a parent. */
export function readScope(json: ScopeJson): Scope {
  const principal = json.principal as Constraint;
  const resource = json.resource as Constraint;
  return {
    agent: entityOf(principal)?.id,
    actions: readActions(json.action as Constraint),
    resource: resourceScope(resource),
  };
}

/** The entities that a scope names, for the check that they exist. */
export function entitiesIn(json: ScopeJson): EntityName[] {
  return [json.principal, json.resource].flatMap((constraint) => entityOf(constraint as Constraint) ?? []);
}

function resourceScope(resource: Constraint): string | undefined {
  const entity = entityOf(resource);
  if (entity !== undefined) return entityKey(local(entity.type), entity.id);
  return resource.op === 'is' ? typeKey(local(resource.entity_type ?? '')) : undefined;
}

function entityOf(constraint: Constraint): EntityName | undefined {
  const named = constraint.entity ?? constraint.in?.entity;
  return named === undefined ? undefined : unwrap(named);
}

function readActions(action: Constraint): PolicyAction[] {
  if (action.op === 'All') return [...POLICY_ACTIONS];
  const named = new Set(
    [action.entity, ...(action.entities ?? [])].flatMap((entity) => (entity === undefined ? [] : unwrap(entity).id)),
  );
  return POLICY_ACTIONS.filter((known) => named.has(known));
}

function unwrap(entity: EntityName | { readonly __entity: EntityName }): EntityName {
  return '__entity' in entity ? entity.__entity : entity;
}

function local(type: string): string {
  return type.replace(`${NAMESPACE}::`, '');
}
