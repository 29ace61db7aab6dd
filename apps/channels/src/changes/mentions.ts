import { Inject, Injectable } from '@nestjs/common';
import type { Identity, UsersContract } from '@parley/contracts';
import { LIMITS, type Mention, usernameKey } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { clientOf, REDIS, type ServiceClient } from '@parley/service-kit';
import type { Channel } from '../channel.js';
import { ChannelKeys } from '../redis/keys.js';
import { UserDirectory } from '../user-directory.js';
import { namesIn } from './names-in.js';

/** Names that `users.lookupNames` takes at once: four words of each name, each with and without what follows it. */
export const NAMES_AT_ONCE = LIMITS.mentionsPerMessage * 8;
/** How long a look-up of names may take, in milliseconds. A message is not held up any longer, and then mentions nobody. */
const LOOKUP_MS = 1_000;

/** Who is mentioned in a text: members of its channel alone. A text without `@` costs nothing. */
@Injectable()
export class Mentions {
  constructor(
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    private readonly directory: UserDirectory,
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** The members whom a text names, each once, in the order of the text. */
  in(text: string, channel: Channel, author: Identity): Mention[] | Promise<Mention[]> {
    return text.includes('@') ? this.resolve(namesIn(text), channel, author) : [];
  }

  private async resolve(
    named: readonly (readonly string[])[],
    channel: Channel,
    author: Identity,
  ): Promise<Mention[]> {
    if (named.length === 0) return [];
    const people = await this.peopleOf(channel, author, [...new Set(named.flat())]);
    const mentions = new Map<string, Mention>();
    for (const candidates of named) {
      const user = candidates.map((name) => people.get(name)).find((found) => found !== undefined);
      if (user !== undefined) mentions.set(user.UUID, { userUUID: user.UUID, username: user.Username });
    }
    return [...mentions.values()];
  }

  /** The members of a channel among those names, by the compared form of each. */
  private async peopleOf(
    channel: Channel,
    author: Identity,
    names: readonly string[],
  ): Promise<Map<string, Identity>> {
    if (channel.kind !== 'private') return this.membersNamed(channel, names);
    const partner = await this.directory.glance(channel.recipientUUID);
    const both = partner === undefined ? [author] : [author, partner];
    return new Map(both.map((user) => [usernameKey(user.Username), user]));
  }

  private async membersNamed(channel: Channel, names: readonly string[]): Promise<Map<string, Identity>> {
    const found = await this.usersNamed(names);
    const members = channel.kind === 'general' ? found : await this.membersAmong(channel.channelUUID, found);
    return new Map(members.map((user) => [usernameKey(user.Username), user]));
  }

  private async usersNamed(names: readonly string[]): Promise<readonly Identity[]> {
    try {
      const reply = await this.users.ask('users.lookupNames', { names }, { deadlineMs: LOOKUP_MS });
      return reply.users;
    } catch {
      return [];
    }
  }

  private async membersAmong(channelUUID: string, users: readonly Identity[]): Promise<Identity[]> {
    if (users.length === 0) return [];
    const roles = await this.redis.hmget(this.keys.members(channelUUID), ...users.map(({ UUID }) => UUID));
    return users.filter((_, at) => roles[at] !== null);
  }
}
