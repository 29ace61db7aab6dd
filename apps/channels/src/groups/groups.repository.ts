import { Inject, Injectable } from '@nestjs/common';
import type { MemberRole } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { APPENDER, type Appender } from '../redis/appender.js';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { GROUP_LIMITS, type GroupLimits } from './group-limits.js';
import { type Admission, type AdmitMembers, admitMembers } from './redis/admit-members.js';
import { type ChangeGroup, changeGroup } from './redis/change-group.js';
import { type ChangeRole, changeRole } from './redis/change-role.js';
import { createGroup, type NewGroup } from './redis/create-group.js';
import { type Muted, type MuteMember, muteMember } from './redis/mute-member.js';
import { type AuditRecord, type ReadAudit, readAudit } from './redis/read-audit.js';
import { type GroupState, readGroup } from './redis/read-group.js';
import { type Member, type ReadMembers, readMembers } from './redis/read-members.js';
import { type RemoveMember, removeMember } from './redis/remove-member.js';
import { type UnbanMember, unbanMember } from './redis/unban-member.js';
import { roleRow, rowOf, sanctionRow } from './rights-row.js';

/** A change as the service asks for it: the right and the bounds are added here. */
type Asked<Change extends { readonly row: string }> = Omit<Change, 'row' | 'keep' | 'most'>;

/** The groups in Redis. Each right is checked by the script that does the thing. Rejects as the scripts do. */
@Injectable()
export class GroupsRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(APPENDER) private readonly appender: Appender,
    @Inject(RETENTION) private readonly retention: Pick<Retention, 'changes'>,
    @Inject(GROUP_LIMITS) private readonly limits: GroupLimits,
  ) {}

  create(group: NewGroup): Promise<void> {
    return createGroup(this.redis, this.keys, group);
  }

  /** Makes a user who joins a public group a member. */
  async enter(join: Omit<Asked<AdmitMembers>, 'users'>): Promise<Admission> {
    const [admission] = await this.admit({ ...join, users: [join.by] }, '');
    return admission!;
  }

  /** Makes users members whom a member invites. */
  invite(invitation: Asked<AdmitMembers>): Promise<Admission[]> {
    return this.admit(invitation, rowOf('invite'));
  }

  /** Ends a membership. @returns the Seq of the entry, 0 where nothing has changed. */
  remove(removal: Asked<RemoveMember>): Promise<number> {
    const row = sanctionRow(removal.isBanned ? 'ban' : 'kick');
    return removeMember(this.appender, this.keys, { ...removal, row, keep: this.keep });
  }

  mute(mute: Asked<MuteMember>): Promise<Muted> {
    return muteMember(this.appender, this.keys, { ...mute, row: sanctionRow('mute'), keep: this.keep });
  }

  /** @returns the Seq of the entry, 0 where nothing has changed. */
  changeRole(change: Asked<ChangeRole>): Promise<number> {
    return changeRole(this.appender, this.keys, { ...change, row: roleRow(change.role), keep: this.keep });
  }

  /** @returns the Seq of the entry, 0 where nothing has changed. */
  unban(unban: Asked<UnbanMember>): Promise<number> {
    return unbanMember(this.appender, this.keys, { ...unban, row: rowOf('unban'), keep: this.keep });
  }

  /** @returns the Seq of the entry, 0 where nothing has changed. */
  change(change: Asked<ChangeGroup>): Promise<number> {
    const { name, topic } = change;
    const row = rowOf(name === undefined && topic === undefined ? 'archive' : 'set');
    return changeGroup(this.appender, this.keys, { ...change, row, keep: this.keep });
  }

  members(page: ReadMembers): Promise<{ total: number; members: Member[] }> {
    return readMembers(this.redis, this.keys, page);
  }

  audit(page: Omit<ReadAudit, 'row'>): Promise<AuditRecord[]> {
    return readAudit(this.redis, this.keys, { ...page, row: rowOf('audit') });
  }

  /** What a group is for a user; undefined where there is none. */
  read(channelUUID: string, user: string): Promise<GroupState | undefined> {
    return readGroup(this.redis, this.keys, channelUUID, user);
  }

  /** The role of a user in a group, and whether the group is public. Two looks: for what a script checks again. */
  async standing(channelUUID: string, user: string): Promise<{ role?: MemberRole; isPublic: boolean }> {
    const [entry, isPrivate] = await Promise.all([
      this.redis.hget(this.keys.members(channelUUID), user),
      this.redis.hget(this.keys.meta(channelUUID), 'private'),
    ]);
    const isPublic = isPrivate === '0';
    return entry === null ? { isPublic } : { isPublic, role: entry.split(' ')[0] as MemberRole };
  }

  private get keep(): number {
    return this.retention.changes;
  }

  private admit(admission: Asked<AdmitMembers>, row: string): Promise<Admission[]> {
    const bounds = { keep: this.keep, most: this.limits.membersPerGroup };
    return admitMembers(this.appender, this.keys, { ...admission, ...bounds, row });
  }
}
