import { Inject, Injectable } from '@nestjs/common';
import type { MemberRole } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { APPENDER, type Appender } from '../redis/appender.js';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { BYTES_OF_ENTRY, BYTES_OF_ITEM, StorageBudget } from '../storage/storage-budget.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { GROUP_LIMITS, type GroupLimits } from './group-limits.js';
import { type Admission, type AdmitMembers, type Admitted, admitMembers } from './redis/admit-members.js';
import { type ChangeGroup, changeGroup } from './redis/change-group.js';
import { type ChangeRole, changeRole } from './redis/change-role.js';
import { createGroup, type NewGroup } from './redis/create-group.js';
import type { Logged } from './redis/group-outcome.js';
import { type Muted, type MuteMember, muteMember } from './redis/mute-member.js';
import { type AuditRecord, type ReadAudit, readAudit } from './redis/read-audit.js';
import { type GroupState, readGroup } from './redis/read-group.js';
import { type Member, type ReadMembers, readMembers } from './redis/read-members.js';
import { type Removal, type RemoveMember, removeMember } from './redis/remove-member.js';
import { type UnbanMember, unbanMember } from './redis/unban-member.js';
import { roleRow, rowOf, sanctionRow } from './rights-row.js';

/** A change as the service asks for it: the right and the bounds are added here. */
type Asked<Change extends { readonly row: string }> = Omit<Change, 'row' | 'keep' | 'most'>;

/** What a change of a group takes in Redis besides its texts, in bytes: its entry in the log and that in the audit. */
const BYTES_OF_CHANGE = 2 * BYTES_OF_ENTRY;
/**
 * What a group takes with its audit and the first entry of its log, in bytes: 9 KB, measured with Redis 7.4 over 200 of them. It stays
 * when everybody has left.
 */
const BYTES_OF_GROUP = 9 * 1024;

/** What a user is in a group, without a role who is no member, and until when the user is mute, in ms. */
export interface Standing {
  readonly role?: MemberRole;
  readonly mutedUntil: number;
  readonly isPublic: boolean;
  readonly isArchived: boolean;
}

/**
 * The groups in Redis. Each right is checked by the script that does the thing. Rejects as the scripts do, and with RATE_LIMITED for
 * one who has stored too much. Who removes somebody is never refused for that.
 */
@Injectable()
export class GroupsRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(APPENDER) private readonly appender: Appender,
    @Inject(RETENTION) private readonly retention: Pick<Retention, 'changes'>,
    @Inject(GROUP_LIMITS) private readonly limits: GroupLimits,
    private readonly budget: StorageBudget,
    private readonly webhooks: Webhooks,
  ) {}

  async create(group: NewGroup): Promise<void> {
    const bytes = BYTES_OF_GROUP + Buffer.byteLength(group.name) + Buffer.byteLength(group.topic);
    await this.charged(group.owner, bytes, group, async () => {
      await createGroup(this.redis, this.keys, group);
      // It begins without an entry.
      return { from: 1 };
    });
  }

  /** Makes a user who joins a public group a member. */
  async enter(join: Omit<Asked<AdmitMembers>, 'users'>): Promise<Admission> {
    const { admissions } = await this.admit({ ...join, users: [join.by] }, '');
    return admissions[0]!;
  }

  /** Makes users members whom a member invites. */
  async invite(invitation: Asked<AdmitMembers>): Promise<readonly Admission[]> {
    return (await this.admit(invitation, rowOf('invite'))).admissions;
  }

  /** What became of an invitation that was handled before. @throws AppError UNAVAILABLE for one that was not. */
  async recallInvitation(invitation: Omit<Asked<AdmitMembers>, 'deadline'>): Promise<readonly Admission[]> {
    const bounds = { keep: this.keep, most: this.limits.membersPerGroup };
    const recalled = { ...invitation, ...bounds, row: rowOf('invite'), deadline: 0 };
    const { admissions } = await this.told(invitation, () =>
      admitMembers(this.appender, this.keys, recalled),
    );
    return admissions;
  }

  /** Ends a membership. */
  remove(removal: Asked<RemoveMember>): Promise<Removal> {
    const row = sanctionRow(removal.isBanned ? 'ban' : 'kick');
    return this.told(removal, () =>
      removeMember(this.appender, this.keys, { ...removal, row, keep: this.keep }),
    );
  }

  mute(mute: Asked<MuteMember>): Promise<Muted> {
    const change = { ...mute, row: sanctionRow('mute'), keep: this.keep };
    return this.charged(mute.by, BYTES_OF_CHANGE, mute, () => muteMember(this.appender, this.keys, change));
  }

  changeRole(change: Asked<ChangeRole>): Promise<Logged> {
    const asked = { ...change, row: roleRow(change.role), keep: this.keep };
    return this.charged(change.by, BYTES_OF_CHANGE, change, () =>
      changeRole(this.appender, this.keys, asked),
    );
  }

  unban(unban: Asked<UnbanMember>): Promise<Logged> {
    const change = { ...unban, row: rowOf('unban'), keep: this.keep };
    return this.charged(unban.by, BYTES_OF_CHANGE, unban, () =>
      unbanMember(this.appender, this.keys, change),
    );
  }

  change(change: Asked<ChangeGroup>): Promise<Logged> {
    const { name, topic } = change;
    const row = rowOf(name === undefined && topic === undefined ? 'archive' : 'set');
    const bytes = BYTES_OF_CHANGE + Buffer.byteLength(name ?? '') + Buffer.byteLength(topic ?? '');
    const asked = { ...change, row, keep: this.keep };
    return this.charged(change.by, bytes, change, () => changeGroup(this.appender, this.keys, asked));
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

  /** How a user stands in a group. Two looks: for what a script checks again, or what is not stored. */
  async standing(channelUUID: string, user: string): Promise<Standing> {
    const [entry, [isPrivate, isArchived]] = await Promise.all([
      this.redis.hget(this.keys.members(channelUUID), user),
      this.redis.hmget(this.keys.meta(channelUUID), 'private', 'archived'),
    ]);
    const group = { isPublic: isPrivate === '0', isArchived: isArchived === '1' };
    if (entry === null) return { ...group, mutedUntil: 0 };
    const [role, , mutedUntil] = entry.split(' ');
    return { ...group, role: role as MemberRole, mutedUntil: Number(mutedUntil) };
  }

  private get keep(): number {
    return this.retention.changes;
  }

  private admit(admission: Asked<AdmitMembers>, row: string): Promise<Admitted> {
    const bounds = { keep: this.keep, most: this.limits.membersPerGroup };
    const asked = { ...admission, ...bounds, row };
    const bytes = (BYTES_OF_CHANGE + (row === '' ? 0 : BYTES_OF_ITEM)) * admission.users.length;
    return this.charged(admission.by, bytes, admission, () => admitMembers(this.appender, this.keys, asked));
  }

  /** Stores something for a user. What is refused costs nothing. */
  private charged<T extends From>(
    user: string,
    bytes: number,
    group: InGroup,
    store: () => Promise<T>,
  ): Promise<T> {
    return this.told(group, async () => {
      const charged = this.budget.take(user, bytes);
      if (charged !== undefined) await charged;
      try {
        return await store();
      } catch (error) {
        this.budget.giveBack(user, bytes);
        throw error;
      }
    });
  }

  /** Notes for webhooks what is stored, from its first entry on: one change may be several. */
  private async told<T extends From>({ channelUUID }: InGroup, store: () => Promise<T>): Promise<T> {
    const stored = await store();
    const noting = this.webhooks.tell({ channelUUID, seq: Math.max(1, stored.from) });
    if (noting !== undefined) await noting;
    return stored;
  }
}

type InGroup = { readonly channelUUID: string };
/** The Seq from which on webhooks look at a group. */
type From = Pick<Logged, 'from'>;
