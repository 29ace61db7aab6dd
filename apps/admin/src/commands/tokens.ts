import { randomUUID } from 'node:crypto';
import type { ExternalUser, Identity } from '@parley/contracts';
import type { Call, Command } from '../command.js';

const options = { issuer: { type: 'string' } } as const;

function externalOf({ args: [subject = ''], options: { issuer } }: Call): ExternalUser {
  return { subject, ...(typeof issuer === 'string' && { issuer }) };
}

const whose = (user: Identity | null): string => (user ? `${user.Username} (${user.UUID})` : 'nobody yet');

/** The commands about users whom tokens sign in. */
export const TOKEN_COMMANDS: readonly Command[] = [
  {
    name: 'tokens-revoke',
    args: ['SUB'],
    options,
    does: "refuses every token of a user of the identity provider's that was issued until now, and closes the connections with 4501",
    async run(call) {
      const idempotencyKey = randomUUID();
      const reply = await call.services.auth.ask('auth.revokeTokens', externalOf(call), { idempotencyKey });
      const sessions = reply.ended === 1 ? '1 session' : `${reply.ended} sessions`;
      await call.print(`the tokens of ${whose(reply.user)} are revoked; ${sessions} ended\n`);
    },
  },
  {
    name: 'tokens-unrevoke',
    args: ['SUB'],
    options,
    does: 'takes these tokens again, as long as they have not expired',
    async run(call) {
      const idempotencyKey = randomUUID();
      const reply = await call.services.auth.ask('auth.unrevokeTokens', externalOf(call), { idempotencyKey });
      const state = reply.wasRevoked ? 'no longer' : 'not';
      await call.print(`the tokens of ${whose(reply.user)} are ${state} revoked\n`);
    },
  },
];
