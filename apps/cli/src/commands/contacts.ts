import type { Payload } from '@parley/client';
import type { User } from '@parley/protocol';
import type { Call, Command } from '../command.js';
import { plainLine } from '../output/plain-text.js';
import { type SignedIn, signedIn } from '../session/signed-in.js';
import { userText } from './users.js';

const ACTIONS = {
  add: { does: 'adds a user to the contacts', said: 'is a contact' },
  remove: { does: 'removes a user from the contacts', said: 'is no contact' },
  block: { does: "refuses a user's private messages", said: 'is blocked' },
  unblock: { does: "takes a user's private messages again", said: 'is not blocked' },
} as const;

async function all({ client }: SignedIn): Promise<Pick<Payload<'contacts'>, 'contacts' | 'blocked'>> {
  const contacts: User[] = [];
  const blocked: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.contacts.list(cursor === undefined ? {} : { cursor });
    contacts.push(...page.contacts);
    blocked.push(...page.blocked);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { contacts, blocked };
}

const list = (call: Call) =>
  signedIn(call, async (session) => {
    const { contacts, blocked } = await all(session);
    const lines = [
      ...contacts.map(userText),
      ...blocked.map(({ Username }) => `✕ ${plainLine(Username)} (blocked)`),
    ];
    await call.printer.say({ contacts, blocked }, lines.join('\n') || 'no contacts');
  });

const change = (call: Call, action: keyof typeof ACTIONS) =>
  signedIn(call, async ({ client, directory }) => {
    const { UUID, Username } = await directory.find(call.args[0]!);
    await client.contacts[action](UUID);
    await call.printer.say({ userUUID: UUID, username: Username }, `${Username} ${ACTIONS[action].said}`);
  });

/** The commands about the user's contacts. */
export const CONTACT_COMMANDS: readonly Command[] = [
  {
    name: 'contacts',
    args: [],
    does: 'lists the contacts, and who is blocked',
    json: '`{contacts: [{UUID, Username, OnLine}], blocked: […]}`',
    run: list,
  },
  ...(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).map((action) => ({
    name: `contacts ${action}`,
    args: ['NAME'],
    does: ACTIONS[action].does,
    json: '`{userUUID, username}`',
    run: (call: Call) => change(call, action),
  })),
];
