import { GENERAL_CHANNEL, type Identity, type StoredAccount } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { Call, Command } from '../command.js';

/** A channel of the account, as the export shows it. */
interface ExportedChannel {
  readonly channelUUID: string;
  readonly partnerUUID?: string;
}

/** The command that exports an account. */
export const EXPORT_COMMANDS: readonly Command[] = [
  {
    name: 'export',
    args: ['NAME'],
    does: 'prints as JSON what is stored of an account: profile, sessions without keys, contacts, blocked users, channels, own messages',
    async run(call) {
      const { services, print, args } = call;
      const account = await services.auth.ask('auth.account', { username: args[0]! });
      const userUUID = account.user.UUID;
      const { channels: own, groups = [] } = await services.channels.ask('channels.privateChannelsOf', {
        userUUID,
      });
      const lists = await listsOf(call, userUUID);
      const others = [GENERAL_CHANNEL, ...groups].map((channelUUID) => ({ channelUUID }));
      const channels: readonly ExportedChannel[] = [...others, ...own];
      // The last member is written as it comes, so that an export of any length takes little memory.
      await print(
        `${JSON.stringify({ ...described(account), ...lists, channels }).slice(0, -1)},"messages":[`,
      );
      let separator = '\n';
      for (const { channelUUID } of channels) {
        for await (const json of ownMessages(call, userUUID, channelUUID)) {
          await print(separator + json);
          separator = ',\n';
        }
      }
      await print(']}\n');
    },
  },
];

/** An account without its messages, with times that people can read. */
function described({ user, createdAt, bars, sessions, external }: StoredAccount): object {
  return {
    profile: { UUID: user.UUID, Username: user.Username, createdAt: timeOf(createdAt) },
    ...(external && { external }),
    bars: Object.fromEntries(Object.entries(bars).map(([bar, since]) => [bar, timeOf(since)])),
    sessions: sessions.map(({ sessionUUID, usedAt, expiresAt }) => ({
      ...{ sessionUUID, usedAt: timeOf(usedAt), expiresAt: timeOf(expiresAt) },
    })),
  };
}

/** The contacts of an account and the users whom it has blocked, those added last first. */
async function listsOf(
  { services }: Call,
  userUUID: string,
): Promise<{ readonly contacts: readonly Identity[]; readonly blocked: readonly Identity[] }> {
  const lists = { contacts: [] as Identity[], blocked: [] as Identity[] };
  let cursor: string | undefined;
  do {
    const request = { userUUID, cursor, limit: LIMITS.contactsPerPage };
    const page = await services.users.ask('users.contactsOf', request);
    lists.contacts.push(...page.contacts);
    lists.blocked.push(...page.blocked);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return lists;
}

/** The messages of a user in one channel as JSON, those of a page together, separated by commas. */
async function* ownMessages(
  { services }: Call,
  userUUID: string,
  channelUUID: string,
): AsyncGenerator<string> {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: { messages: readonly object[]; after?: number | undefined } = await services.channels.ask(
      'channels.messagesOf',
      { userUUID, channelUUID, after },
    );
    if (page.messages.length > 0) yield page.messages.map((message) => JSON.stringify(message)).join(',\n');
    after = page.after;
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
