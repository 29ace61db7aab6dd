import { type ChatClient, ChatError, type Target } from '@parley/client';
import type { ChannelInfo } from '@parley/protocol';
import { plainLine } from '../output/plain-text.js';
import { type Directory, isUuid } from './directory.js';

/** A channel that the command line names. */
export interface Place {
  readonly target: Target;
  /** As people see it: `general`, a user's name, or `#` and a group's name. */
  readonly title: string;
}

/** What a place is found by. */
export interface Finder {
  readonly client: ChatClient;
  readonly directory: Directory;
}

export const GENERAL: Place = { target: {}, title: 'general' };

/** `#` begins a comment in most shells, unless it is quoted: `group:lobby` needs no quotes. */
const GROUP = /^(?:#|group:)(.+)$/s;

export const groupTitle = ({ name }: Pick<ChannelInfo, 'name'>): string => `#${plainLine(name)}`;

/** The name of a group as it is written on the command line, without its mark. */
export const groupName = (text: string): string => GROUP.exec(text)?.[1] ?? text;

/**
 * Finds the channel that a text names: `general`, `#GROUP` or `group:GROUP`, or the private channel with a user, `NAME` or `@NAME`.
 * @throws ChatError USER_NOT_FOUND, CHANNEL_NOT_FOUND; LIMIT_REACHED if several groups have that name.
 */
export async function placeOf(text: string, finder: Finder): Promise<Place> {
  if (text === GENERAL.title) return GENERAL;
  const group = GROUP.exec(text)?.[1];
  if (group !== undefined) {
    const found = await findGroup(group, finder.client);
    return { target: { channelUUID: found.channelUUID }, title: groupTitle(found) };
  }
  const user = await finder.directory.find(text.replace(/^@/, ''));
  return { target: { recipientUUID: user.UUID }, title: user.Username };
}

/** All of a user's groups, or all public ones. */
export async function groupsOf(client: ChatClient, scope: 'mine' | 'public'): Promise<ChannelInfo[]> {
  const groups: ChannelInfo[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.channels.list(scope, { limit: 100, ...(cursor && { cursor }) });
    groups.push(...page.channels);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return groups;
}

/**
 * A group by its id, or by its name: one of the user's own before a public one.
 * @throws ChatError CHANNEL_NOT_FOUND; LIMIT_REACHED if several have that name.
 */
export async function findGroup(
  name: string,
  client: ChatClient,
): Promise<Pick<ChannelInfo, 'channelUUID' | 'name'>> {
  if (isUuid(name)) return { channelUUID: name.toLowerCase(), name };
  for (const scope of ['mine', 'public'] as const) {
    const found = named(name, await groupsOf(client, scope));
    if (found.length === 1) return found[0]!;
    if (found.length > 1) throw ambiguous(name, found);
  }
  throw ChatError.of('CHANNEL_NOT_FOUND', `There is no group ${JSON.stringify(name)} that you may see.`);
}

/** Groups of exactly that name; if there are none, in any letter case. */
function named(name: string, groups: readonly ChannelInfo[]): ChannelInfo[] {
  const key = (text: string) => text.normalize('NFC').toLowerCase();
  const exact = groups.filter((group) => group.name === name);
  return exact.length > 0 ? exact : groups.filter((group) => key(group.name) === key(name));
}

function ambiguous(name: string, groups: readonly ChannelInfo[]): ChatError {
  const ids = groups.map(({ channelUUID }) => `#${channelUUID}`).join(', ');
  return ChatError.of(
    'LIMIT_REACHED',
    `Several groups are named ${JSON.stringify(name)}: use one of ${ids}.`,
  );
}
