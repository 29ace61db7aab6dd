import { AppError } from '@parley/protocol';
import type { Call, Command } from '../command.js';
import { channelNamed, UUID } from './channel-named.js';

/** The commands that delete what is stored, for ever. */
export const PURGE_COMMANDS: readonly Command[] = [
  {
    name: 'purge-user',
    args: ['NAME'],
    does: 'deletes a user for ever, with the private channels; with a UUID in place of the name it goes on where it was interrupted',
    async run(call) {
      const { services, print } = call;
      const userUUID = await purgeAccount(call);
      let cursor: string | undefined;
      do ({ cursor } = await services.channels.ask('channels.purgeUser', { userUUID, cursor }));
      while (cursor !== undefined);
      await print(`${userUUID} is purged\n`);
    },
  },
  {
    name: 'purge-channel',
    args: ['CHANNEL'],
    does: 'deletes for ever the messages of a channel, by its UUID or as "general"',
    async run({ services, args: [name = ''], print }) {
      const channelUUID = channelNamed('purge-channel', name);
      await services.channels.ask('channels.purgeChannel', { channelUUID });
      await print(`${channelUUID} is purged\n`);
    },
  },
];

/** Purges the account first, so that nobody signs in to it while the rest goes. @returns the user's UUID. */
async function purgeAccount({ services, args: [name = ''], print }: Call): Promise<string> {
  const { UUID: userUUID, Username: username } = await services.auth
    .ask('auth.ownerOf', { username: name })
    .then(
      ({ user }) => user,
      (error: unknown) => unnamed(name, error),
    );
  if (username !== undefined)
    await print(
      `${username} is ${userUUID}. If this is interrupted, run it again with that in place of the name.\n`,
    );
  await services.auth.ask('auth.purge', { userUUID, username });
  await services.users.ask('users.purge', { userUUID, username });
  return userUUID;
}

/** Without such an account, a UUID stands for a user whose purge was interrupted. */
function unnamed(name: string, error: unknown): { readonly UUID: string; readonly Username?: undefined } {
  if (error instanceof AppError && error.name === 'USER_NOT_FOUND' && UUID.test(name)) return { UUID: name };
  throw error;
}
