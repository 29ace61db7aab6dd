import { randomUUID } from 'node:crypto';
import type { BarReply } from '@parley/contracts';
import type { Command } from '../command.js';

const sessions = (count: number): string => (count === 1 ? '1 session' : `${count} sessions`);

const ended = ({ user, endedSessions }: BarReply, what: string): string =>
  `${user.Username} (${user.UUID}) is ${what}; ${sessions(endedSessions)} ended\n`;

/** The commands about one account. */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: 'ban',
    args: ['NAME'],
    does: 'ends all sessions of a user, whose connections are closed with 4503, and lets nobody sign in as that user',
    async run({ services, args: [username = ''], print }) {
      const idempotencyKey = randomUUID();
      const reply = await services.auth.ask('auth.bar', { username, bar: 'banned' }, { idempotencyKey });
      print(ended(reply, 'banned'));
    },
  },
];
