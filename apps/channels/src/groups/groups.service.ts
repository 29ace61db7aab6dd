import { Injectable } from '@nestjs/common';
import {
  type GroupsContract,
  type Identity,
  mayBeGroup,
  type ReplyOf,
  type RequestTo,
  shownUser,
} from '@parley/contracts';
import {
  AppError,
  type AuditEntry,
  type ChannelInfo,
  MEMBER_ROLES,
  type MemberRole,
  type Message,
  rightOf,
} from '@parley/protocol';
import { groupChannel } from '../channel.js';
import { Hooks } from '../hooks/hooks.js';
import { peopleIn, withPresence } from '../message-json.js';
import { type NamedDelivery, NEVER_LATE } from '../redis/delivery.js';
import { UserDirectory } from '../user-directory.js';
import { GroupIndex } from './group-index.js';
import { GroupsRepository } from './groups.repository.js';
import type { GroupState } from './redis/read-group.js';

type Request<P extends keyof GroupsContract> = RequestTo<GroupsContract, P>;
type Reply<P extends keyof GroupsContract> = Promise<ReplyOf<GroupsContract, P>>;

/** The rules of groups themselves: how they are made, changed and listed. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly groups: GroupsRepository,
    private readonly index: GroupIndex,
    private readonly directory: UserDirectory,
    private readonly hooks: Hooks,
  ) {}

  /** Makes a group. A request that comes again under its name makes the same one, also where it has failed after that. */
  async create(
    request: Request<'channels.createGroup'>,
    { deadline, id }: Omit<NamedDelivery, 'order'> = NEVER_LATE,
  ): Reply<'channels.createGroup'> {
    const { user, name, topic, private: isPrivate } = request;
    const channelUUID = await this.index.idFor(user.UUID, id, request.channelUUID);
    await this.hooks.mayCreate({ ...request, channelUUID }, id);
    await this.index.note(user.UUID, channelUUID);
    if (!isPrivate) await this.index.publish(channelUUID);
    try {
      await this.groups.create({ channelUUID, owner: user.UUID, name, topic, isPrivate, deadline });
    } finally {
      await this.index.settle(user.UUID, channelUUID);
    }
    return { channel: await this.describeOne(user, channelUUID) };
  }

  async change(
    request: Request<'channels.setGroup'>,
    { deadline, id }: Omit<NamedDelivery, 'order'> = NEVER_LATE,
  ): Reply<'channels.setGroup'> {
    const { user, channelUUID, name, topic, archived } = request;
    if (await this.mayName(user, channelUUID)) await this.hooks.mayChange(request, id);
    await this.groups.change({ channelUUID, by: user.UUID, name, topic, archived, deadline });
    await this.index.settlePublic(channelUUID, async () => {
      const state = await this.groups.read(channelUUID, user.UUID);
      return state !== undefined && !state.isPrivate && !state.isArchived;
    });
    return { channel: await this.describeOne(user, channelUUID) };
  }

  /** A private group is there for its members only. */
  async read({ user, channelUUID }: Request<'channels.readGroup'>): Reply<'channels.readGroup'> {
    const state = mayBeGroup(channelUUID) ? await this.groups.read(channelUUID, user.UUID) : undefined;
    if (state === undefined || (state.isPrivate && !isMember(state))) throw new AppError('CHANNEL_NOT_FOUND');
    return { channel: (await this.describe(user, [{ channelUUID, state }]))[0]! };
  }

  /** A page may hold fewer groups than there is room for: those that the list had too many are left out. */
  async list({ user, scope, cursor, limit }: Request<'channels.listGroups'>): Reply<'channels.listGroups'> {
    const asked = limit + 1;
    const found = await (scope === 'mine'
      ? this.index.groupsOf(user.UUID, cursor, asked)
      : this.index.publicGroups(cursor, asked));
    const page = found.slice(0, limit);
    const states = await Promise.all(page.map((id) => this.groups.read(id, user.UUID)));
    const isListed = (state: GroupState | undefined): state is GroupState =>
      state !== undefined && (scope === 'mine' ? isMember(state) : !state.isPrivate && !state.isArchived);
    const listed = page.flatMap((channelUUID, at) => {
      const state = states[at];
      return isListed(state) ? [{ channelUUID, state }] : [];
    });
    const kept = new Set(listed.map(({ channelUUID }) => channelUUID));
    for (const id of page)
      if (!kept.has(id))
        await (scope === 'mine' ? this.index.settle(user.UUID, id) : this.index.unpublish(id));
    const channels = await this.describe(user, listed);
    return found.length > limit ? { channels, cursor: page.at(-1)! } : { channels };
  }

  async members({
    user,
    channelUUID,
    cursor,
    limit,
  }: Request<'channels.members'>): Reply<'channels.members'> {
    // One more than asked for tells whether there are more.
    const asked = { channelUUID, user: user.UUID, after: ordinalOf(cursor), limit: limit + 1 };
    const { total, members: found } = await this.groups.members(asked);
    const members = found.slice(0, limit);
    const people = await this.directory.find(members.map(({ userUUID }) => userUUID));
    people.set(user.UUID, shownUser(user, true));
    const now = Date.now();
    const listed = members.flatMap(({ userUUID, role, mutedUntil }) => {
      const person = people.get(userUUID);
      if (person === undefined) return [];
      return [
        { ...person, role, ...(mutedUntil > now && { mutedUntil: new Date(mutedUntil).toISOString() }) },
      ];
    });
    const last = members.at(-1);
    return {
      members: listed,
      total,
      ...(found.length > limit && last !== undefined && { cursor: String(last.ordinal) }),
    };
  }

  async audit({ user, channelUUID, cursor, limit }: Request<'channels.audit'>): Reply<'channels.audit'> {
    const before = auditId(cursor);
    // One more than asked for tells whether there are more.
    const records = await this.groups.audit({ channelUUID, user: user.UUID, before, limit: limit + 1 });
    const page = records.slice(0, limit);
    const entries = page.map(({ id, json }) => ({
      ...(JSON.parse(json) as Omit<AuditEntry, 'at'>),
      at: new Date(Number.parseInt(id, 10)).toISOString(),
    }));
    return records.length > limit ? { entries, cursor: page.at(-1)!.id } : { entries };
  }

  /** Whether a user may change the name of a group now. The step that changes it refuses others, about whom no hook is asked. */
  private async mayName({ UUID }: Identity, channelUUID: string): Promise<boolean> {
    if (!this.hooks.checksJoinsOf(groupChannel(channelUUID))) return false;
    const { role } = await this.groups.standing(channelUUID, UUID);
    return role !== undefined && rightOf('set').roles.includes(role);
  }

  private async describeOne(user: Identity, channelUUID: string): Promise<ChannelInfo> {
    const state = await this.groups.read(channelUUID, user.UUID);
    if (state === undefined) throw new AppError('CHANNEL_NOT_FOUND');
    return (await this.describe(user, [{ channelUUID, state }]))[0]!;
  }

  private async describe(
    user: Identity,
    groups: readonly { readonly channelUUID: string; readonly state: GroupState }[],
  ): Promise<ChannelInfo[]> {
    const last = groups.map(({ state }) =>
      state.lastMessage === undefined ? undefined : (JSON.parse(state.lastMessage) as Message),
    );
    const people = await this.directory.find(peopleIn(last.filter((message) => message !== undefined)));
    people.set(user.UUID, shownUser(user, true));
    return groups.map(({ channelUUID, state }, at) => ({
      channelUUID,
      name: state.name,
      topic: state.topic,
      private: state.isPrivate,
      archived: state.isArchived,
      role: state.role,
      members: state.members,
      seq: state.seq,
      unread: state.unread,
      ...(last[at] && { lastMessage: withPresence(last[at], people) }),
    }));
  }
}

const isMember = ({ role }: GroupState): boolean => MEMBER_ROLES.includes(role as MemberRole);

function ordinalOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,15}$/.test(cursor)) throw wrongCursor();
  return Number(cursor);
}

function auditId(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  if (!/^\d{1,15}-\d{1,15}$/.test(cursor)) throw wrongCursor();
  return cursor;
}

const wrongCursor = (): AppError =>
  new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
