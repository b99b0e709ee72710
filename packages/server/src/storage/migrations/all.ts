import type { Migration } from '../storage.ts';
import { storageMigration } from './0001-storage.ts';
import { auditMigration } from './0010-audit.ts';
import { registryMigration } from './0020-registry.ts';
import { accessCredentialMigration } from './0030-access-credential.ts';
import { accessShadowMigration } from './0031-access-shadow.ts';
import { accessAdminTokenMigration } from './0032-access-admin-token.ts';
import { budgetMigration } from './0040-budgets.ts';
import { mcpToolPinMigration } from './0060-mcp-tool-pin.ts';
import { idempotencyMigration } from './0070-idempotency.ts';
import { tracesMigration } from './0080-traces.ts';
import { riskSignalsMigration } from './0110-risk-signals.ts';
import { riskSequenceMigration } from './0120-risk-sequence.ts';
import { runJoiningMigration } from './0130-run-joining.ts';
import { approvalsMigration } from './0140-approvals.ts';
import { accessPersonMigration } from './0141-access-person.ts';
import { approvalChannelsMigration } from './0145-approval-channels.ts';
import { mcpTaskMigration } from './0146-mcp-task.ts';

/** In order. Numbers leave gaps so that features do not collide; a released migration is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  storageMigration,
  auditMigration,
  registryMigration,
  accessCredentialMigration,
  accessShadowMigration,
  accessAdminTokenMigration,
  mcpToolPinMigration,
  idempotencyMigration,
  budgetMigration,
  tracesMigration,
  riskSignalsMigration,
  riskSequenceMigration,
  runJoiningMigration,
  approvalsMigration,
  accessPersonMigration,
  approvalChannelsMigration,
  mcpTaskMigration,
];
