import { randomUUID } from 'node:crypto';
import type { Command } from '../command.js';

/** The commands about the sessions of everybody. */
export const SESSION_COMMANDS: readonly Command[] = [
  {
    name: 'sessions-end-all',
    args: [],
    does: 'ends all sessions of all users, as after a leak of keys: connections are closed with 4501, everybody signs in again',
    async run({ services, print }) {
      const total = { users: 0, sessions: 0 };
      let before: number | undefined;
      do {
        const request = { before };
        const options = { idempotencyKey: randomUUID() };
        const page = await services.auth.ask('auth.endSessionsOfAll', request, options);
        total.users += page.users;
        total.sessions += page.ended;
        before = page.left;
      } while (before > 0);
      print(`${total.sessions} sessions of ${total.users} users ended\n`);
    },
  },
];
