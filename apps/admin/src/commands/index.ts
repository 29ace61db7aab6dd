import type { Command } from '../command.js';
import { ACCOUNT_COMMANDS } from './accounts.js';
import { EXPORT_COMMANDS } from './export.js';
import { EXPORT_CHANNEL_COMMANDS } from './export-channel.js';
import { KEY_COMMANDS } from './keys.js';
import { PROVISION_COMMANDS } from './provision.js';
import { PURGE_COMMANDS } from './purge.js';
import { RETENTION_COMMANDS } from './retention.js';
import { SESSION_COMMANDS } from './sessions.js';
import { TOKEN_COMMANDS } from './tokens.js';
import { WEBHOOK_COMMANDS } from './webhooks.js';

/** Every command, in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  ...ACCOUNT_COMMANDS,
  ...EXPORT_COMMANDS,
  ...EXPORT_CHANNEL_COMMANDS,
  ...RETENTION_COMMANDS,
  ...WEBHOOK_COMMANDS,
  ...PURGE_COMMANDS,
  ...SESSION_COMMANDS,
  ...TOKEN_COMMANDS,
  ...PROVISION_COMMANDS,
  ...KEY_COMMANDS,
];
