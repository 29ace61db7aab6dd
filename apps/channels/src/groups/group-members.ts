import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { GroupsContract, NotInvited, ReplyOf, RequestTo } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { groupChannel } from '../channel.js';
import { Hooks } from '../hooks/hooks.js';
import { InboxService } from '../inbox.service.js';
import { type Delivery, type NamedDelivery, NEVER_LATE } from '../redis/delivery.js';
import { UserDirectory } from '../user-directory.js';
import { GroupIndex } from './group-index.js';
import { GroupsRepository, type Standing } from './groups.repository.js';
import type { Admission, AdmitMembers } from './redis/admit-members.js';
import { groupRefusal } from './redis/group-outcome.js';
import type { Removal, RemoveMember } from './redis/remove-member.js';

type Request<P extends keyof GroupsContract> = RequestTo<GroupsContract, P>;
type Reply<P extends keyof GroupsContract> = Promise<ReplyOf<GroupsContract, P>>;
type Deadline = Pick<Delivery, 'deadline'>;
/** A request that is recognised by its name when it is handled again. */
type Asking = Omit<NamedDelivery, 'order'>;

/** Groups that are left in one go by a user whose account is deleted. */
const LEFT_AT_ONCE = 100;

/** Who is in a group, and as what. */
@Injectable()
export class GroupMembers {
  constructor(
    private readonly groups: GroupsRepository,
    private readonly index: GroupIndex,
    private readonly directory: UserDirectory,
    private readonly inboxes: InboxService,
    private readonly hooks: Hooks,
  ) {}

  /** @throws AppError CHANNEL_NOT_FOUND, or FORBIDDEN for a public group that the user is no member of. */
  async mustBeMember(userUUID: string, channelUUID: string): Promise<Standing> {
    const standing = await this.groups.standing(channelUUID, userUUID);
    if (standing.role === undefined) throw groupRefusal(standing.isPublic ? 'OUTSIDER' : 'NOT_FOUND')!;
    return standing;
  }

  /** @throws AppError as {@link mustBeMember}, and FORBIDDEN for who is mute and in an archived group. */
  async mustBeSpeaker(userUUID: string, channelUUID: string): Promise<void> {
    const { isArchived, mutedUntil } = await this.mustBeMember(userUUID, channelUUID);
    if (isArchived) throw groupRefusal('ARCHIVED')!;
    if (mutedUntil > Date.now()) throw groupRefusal(`MUTED ${mutedUntil}`)!;
  }

  /**
   * Makes a user who joins a public group, or subscribes to it, a member.
   * @throws AppError CHANNEL_NOT_FOUND for a private group, FORBIDDEN for who is banned and in an archived group, LIMIT_REACHED.
   */
  async enter(userUUID: string, channelUUID: string, { deadline }: Deadline = NEVER_LATE): Promise<void> {
    await this.index.note(userUUID, channelUUID);
    try {
      const refusal = groupRefusal(await this.groups.enter({ channelUUID, by: userUUID, deadline }));
      if (refusal !== undefined) throw refusal;
    } finally {
      await this.index.settle(userUUID, channelUUID);
    }
  }

  /** @throws AppError as the contract says; for a single user who cannot be invited, why not; as `Hooks.mayInvite`. */
  async invite(
    request: Request<'channels.invite'>,
    { deadline, id }: Asking = NEVER_LATE,
  ): Reply<'channels.invite'> {
    const { user, channelUUID, userUUIDs } = request;
    await this.mustBeMember(user.UUID, channelUUID);
    await this.hooks.mayInvite(request, id);
    const asked = [...new Set(userUUIDs)];
    const known = await this.directory.findNames(asked);
    const noted = await Promise.all(asked.map((each) => known.has(each) && this.hasRoom(each, channelUUID)));
    const users = asked.filter((_, at) => noted[at]);
    try {
      const invitation = { channelUUID, by: user.UUID, users, key: id };
      const admissions = users.length === 0 ? [] : await this.groups.invite({ ...invitation, deadline });
      await this.tellInvited(invitation, admissions);
      const outcomeOf = new Map(users.map((each, at) => [each, admissions[at]!]));
      const refused = asked.flatMap((each): NotInvited[] => {
        const name = known.has(each) ? refusalName(outcomeOf.get(each)) : 'USER_NOT_FOUND';
        return name === undefined ? [] : [{ userUUID: each, name }];
      });
      if (asked.length === 1 && refused.length === 1) throw new AppError(refused[0]!.name);
      const names = new Set(refused.map(({ userUUID }) => userUUID));
      return { invited: asked.filter((each) => !names.has(each)), refused };
    } finally {
      await Promise.all(users.map((each) => this.index.settle(each, channelUUID)));
    }
  }

  /** Tells those whom a request has invited whose replica died. Changes nothing else. */
  async completeInvitation(
    { user, channelUUID, userUUIDs }: Request<'channels.invite'>,
    key: string,
  ): Promise<void> {
    const invitation = { channelUUID, by: user.UUID, users: [...new Set(userUUIDs)], key };
    await this.tellInvited(invitation, await this.groups.recallInvitation(invitation));
    await Promise.all(invitation.users.map((each) => this.index.settle(each, channelUUID)));
  }

  /** Removes a member, who is told, or lets a user quit. */
  async kick(
    { user, channelUUID, userUUID, ban }: Request<'channels.kick'>,
    { deadline, id }: Asking = NEVER_LATE,
  ): Reply<'channels.kick'> {
    const removal = { channelUUID, by: user.UUID, user: userUUID, isBanned: ban, deadline, key: id };
    const removed = await this.groups.remove(removal);
    await this.index.settle(userUUID, channelUUID);
    await this.tellRemoved(removal, removed);
    return { seq: removed.seq };
  }

  async unban(
    { user, channelUUID, userUUID }: Request<'channels.unban'>,
    { deadline }: Deadline = NEVER_LATE,
  ): Reply<'channels.unban'> {
    const { seq } = await this.groups.unban({ channelUUID, by: user.UUID, user: userUUID, deadline });
    return { seq };
  }

  async mute(
    { user, channelUUID, userUUID, seconds }: Request<'channels.mute'>,
    { deadline }: Deadline = NEVER_LATE,
  ): Reply<'channels.mute'> {
    const mute = { channelUUID, by: user.UUID, user: userUUID, seconds, deadline };
    const { seq, mutedUntil } = await this.groups.mute(mute);
    return { seq, ...(mutedUntil > 0 && { mutedUntil: new Date(mutedUntil).toISOString() }) };
  }

  async setRole(
    { user, channelUUID, userUUID, role }: Request<'channels.setRole'>,
    { deadline }: Deadline = NEVER_LATE,
  ): Reply<'channels.setRole'> {
    const change = { channelUUID, by: user.UUID, user: userUUID, role, deadline };
    const { seq } = await this.groups.changeRole(change);
    return { seq };
  }

  /** Takes a user whose account is gone out of every group. May be repeated. */
  async leaveAll(userUUID: string): Promise<void> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.index.groupsOf(userUUID, cursor, LEFT_AT_ONCE);
      for (const channelUUID of page) await this.leave(userUUID, channelUUID);
      if (page.length < LEFT_AT_ONCE) return;
      cursor = page.at(-1)!;
    }
  }

  /** Takes a user whose account is gone out of a group. May be repeated. */
  async leave(userUUID: string, channelUUID: string): Promise<void> {
    const removal = { channelUUID, by: userUUID, user: userUUID, isBanned: false };
    await this.groups.remove({ ...removal, deadline: NEVER_LATE.deadline });
    await this.index.settle(userUUID, channelUUID);
  }

  /** What was written there concerns one who was removed no longer. Who was no member, or quits, is not told. */
  private async tellRemoved(
    { channelUUID, by, user, isBanned, key = '' }: Omit<RemoveMember, 'row' | 'keep'>,
    { left }: Removal,
  ): Promise<void> {
    if (left === undefined) return;
    await this.inboxes.markSeen(user, groupChannel(channelUUID), left);
    if (by === user) return;
    const told = { kind: 'kick', by, ban: isBanned, key: key || `${left.epoch} ${left.seq}` } as const;
    await this.inboxes.tellInTheEnd({ channelUUID, told, recipients: [{ userUUID: user }] });
  }

  private async tellInvited(
    { channelUUID, by, users, key }: Pick<AdmitMembers, 'channelUUID' | 'by' | 'users' | 'key'>,
    admissions: readonly Admission[],
  ): Promise<void> {
    const invited = users.filter((_, at) => admissions[at] === 'ADDED');
    if (invited.length === 0) return;
    const told = { kind: 'invite', by, key: key || randomUUID() } as const;
    const recipients = invited.map((userUUID) => ({ userUUID }));
    await this.inboxes.tellInTheEnd({ channelUUID, told, recipients });
  }

  private async hasRoom(userUUID: string, channelUUID: string): Promise<boolean> {
    try {
      await this.index.note(userUUID, channelUUID);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.name === 'LIMIT_REACHED') return false;
      throw error;
    }
  }
}

/** Why a user was not made a member. Without an outcome, the user is in too many groups. */
function refusalName(admission: Admission | undefined): NotInvited['name'] | undefined {
  if (admission === 'ADDED' || admission === 'MEMBER') return undefined;
  return admission === 'BANNED' ? 'FORBIDDEN' : 'LIMIT_REACHED';
}
