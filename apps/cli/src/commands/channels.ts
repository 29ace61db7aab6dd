import type { ChannelInfo, User } from '@parley/protocol';
import type { Call, Command } from '../command.js';
import { plainLine } from '../output/plain-text.js';
import { findGroup, groupName, groupsOf, groupTitle } from '../session/places.js';
import { signedIn } from '../session/signed-in.js';

function groupText(group: ChannelInfo): string {
  const facts = [
    group.private ? 'private' : 'public',
    group.role,
    group.members === 1 ? '1 member' : `${group.members} members`,
    ...(group.unread > 0 ? [`${group.unread} unread`] : []),
    ...(group.archived ? ['archived'] : []),
  ];
  const topic = group.topic === '' ? '' : `: ${plainLine(group.topic)}`;
  return `${groupTitle(group)} (${facts.join(', ')})${topic}`;
}

const list = (call: Call) =>
  signedIn(call, async ({ client }) => {
    const channels = await groupsOf(client, call.options['public'] === true ? 'public' : 'mine');
    await call.printer.say({ channels }, channels.map(groupText).join('\n') || 'no groups');
  });

const create = (call: Call) =>
  signedIn(call, async ({ client }) => {
    const { options, printer } = call;
    const topic = options['topic'] as string | undefined;
    const channel = await client.channels.create({
      name: groupName(call.args[0]!),
      private: options['private'] === true,
      ...(topic !== undefined && { topic }),
    });
    await printer.say({ channel }, `${groupText(channel)}\n${channel.channelUUID}`);
  });

const join = (call: Call) =>
  signedIn(call, async ({ client }) => {
    const { channelUUID, name } = await findGroup(groupName(call.args[0]!), client);
    await client.subscribe({ channelUUID });
    await call.printer.say({ channelUUID, name }, `you are a member of ${groupTitle({ name })}`);
  });

const leave = (call: Call) =>
  signedIn(call, async ({ client }) => {
    const { channelUUID, name } = await findGroup(groupName(call.args[0]!), client);
    await client.channels.quit(channelUUID);
    await call.printer.say({ channelUUID, name }, `you are no member of ${groupTitle({ name })}`);
  });

const invite = (call: Call) =>
  signedIn(call, async ({ client, directory }) => {
    const [group, ...names] = call.args as [string, ...string[]];
    const { channelUUID } = await findGroup(groupName(group), client);
    const users: User[] = [];
    for (const name of names) users.push(await directory.find(name));
    const UUIDs = users.map(({ UUID }) => UUID);
    const { userUUIDs, refused } = await client.channels.invite(
      channelUUID,
      UUIDs.length === 1 ? UUIDs[0]! : UUIDs,
    );
    const nameOf = (userUUID: string) => users.find(({ UUID }) => UUID === userUUID)?.Username ?? userUUID;
    const lines = [
      ...userUUIDs.map((userUUID) => `${nameOf(userUUID)} is a member`),
      ...refused.map(({ userUUID, name }) => `${nameOf(userUUID)} is not: ${name}`),
    ];
    await call.printer.say({ channelUUID, userUUIDs, refused }, lines.join('\n'));
  });

/** The commands about groups. */
export const CHANNEL_COMMANDS: readonly Command[] = [
  {
    name: 'channels',
    args: [],
    options: { public: { type: 'boolean', does: 'all public groups, and not your own' } },
    does: 'lists your groups',
    json: '`{channels: [{channelUUID, name, topic, private, archived, role, members, seq, unread, lastMessage?}]}`',
    run: list,
  },
  {
    name: 'channels create',
    args: ['GROUP'],
    options: {
      private: { type: 'boolean', does: 'only those who are invited may see it' },
      topic: { type: 'string', value: 'TEXT', does: 'what it is about' },
    },
    does: 'creates a group; you are its owner',
    json: '`{channel}`',
    run: create,
  },
  {
    name: 'channels join',
    args: ['GROUP'],
    does: 'makes you a member of a public group',
    json: '`{channelUUID, name}`',
    run: join,
  },
  {
    name: 'channels leave',
    args: ['GROUP'],
    does: 'ends your membership',
    json: '`{channelUUID, name}`',
    run: leave,
  },
  {
    name: 'channels invite',
    args: ['GROUP', 'NAME…'],
    does: 'makes users members of a group',
    json: '`{channelUUID, userUUIDs, refused: [{userUUID, name}]}`',
    run: invite,
  },
];
