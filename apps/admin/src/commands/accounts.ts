import { randomUUID } from 'node:crypto';
import type { AuthOperatorContract, Bar, EndedReply } from '@parley/contracts';
import { type Call, type Command, UsageError } from '../command.js';

const sessions = (count: number): string => (count === 1 ? '1 session' : `${count} sessions`);

const report = ({ print }: Call, { user, ended }: EndedReply, what: string): unknown =>
  print(`${user.Username} (${user.UUID}) is ${what}; ${sessions(ended)} ended\n`);

/** Sends a request about the account that the first argument names. It is done once, however often it has to be sent. */
function ask<P extends keyof AuthOperatorContract>(
  { services, args: [username = ''] }: Call,
  pattern: P,
  rest: Omit<AuthOperatorContract[P]['request'], 'username'>,
) {
  const request = { username, ...rest } as unknown as AuthOperatorContract[P]['request'];
  return services.auth.ask(pattern, request, { idempotencyKey: randomUUID() });
}

async function bar(call: Call, which: Bar): Promise<void> {
  await report(call, await ask(call, 'auth.bar', { bar: which }), which);
}

async function unbar(call: Call, which: Bar): Promise<void> {
  const { user, wasBarred } = await ask(call, 'auth.unbar', { bar: which });
  await call.print(`${user.Username} (${user.UUID}) is ${wasBarred ? 'no longer' : 'not'} ${which}\n`);
}

/** The commands about one account. */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: 'ban',
    args: ['NAME'],
    does: 'bans a user: every connection is closed with 4503, and nobody can sign in as that user',
    run: (call) => bar(call, 'banned'),
  },
  { name: 'unban', args: ['NAME'], does: 'lifts a ban', run: (call) => unbar(call, 'banned') },
  {
    name: 'disable',
    args: ['NAME'],
    does: 'puts an account out of use: every connection is closed with 4501, and nobody can sign in',
    run: (call) => bar(call, 'disabled'),
  },
  { name: 'enable', args: ['NAME'], does: 'puts it into use again', run: (call) => unbar(call, 'disabled') },
  {
    name: 'sessions-end',
    args: ['NAME'],
    does: 'signs a user out everywhere: every connection is closed with 4501',
    async run(call) {
      await report(call, await ask(call, 'auth.endSessionsOf', {}), 'signed out');
    },
  },
  {
    name: 'delete',
    args: ['NAME'],
    options: { yes: { type: 'boolean' } },
    does: 'deletes an account for good; its name stays taken; --yes confirms it',
    async run(call) {
      if (call.options['yes'] !== true)
        throw new UsageError('delete: nothing brings an account back; confirm with --yes');
      await report(call, await ask(call, 'auth.delete', {}), 'deleted');
    },
  },
];
