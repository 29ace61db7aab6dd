import type { Command } from '../command.js';
import { CHANNEL_COMMANDS } from './channels.js';
import { CHAT_COMMANDS } from './chat.js';
import { COMPLETION_COMMANDS } from './completion.js';
import { CONTACT_COMMANDS } from './contacts.js';
import { HISTORY_COMMANDS } from './history.js';
import { INBOX_COMMANDS } from './inbox.js';
import { LISTEN_COMMANDS } from './listen.js';
import { SEND_COMMANDS } from './send.js';
import { SESSION_COMMANDS } from './session.js';
import { USER_COMMANDS } from './users.js';

/** Every command, in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  ...CHAT_COMMANDS,
  ...SESSION_COMMANDS,
  ...USER_COMMANDS,
  ...SEND_COMMANDS,
  ...INBOX_COMMANDS,
  ...LISTEN_COMMANDS,
  ...HISTORY_COMMANDS,
  ...CONTACT_COMMANDS,
  ...CHANNEL_COMMANDS,
  ...COMPLETION_COMMANDS,
];
