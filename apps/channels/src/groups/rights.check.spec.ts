import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Identity } from '@parley/contracts';
import {
  MEMBER_ROLES,
  type MemberRole,
  OPERATIONS,
  type Operation,
  type Role,
  rightOf,
} from '@parley/protocol';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { groupWithRoles } from '../fixtures/group-world.js';

jest.setTimeout(120_000);

const CALLERS: readonly (Role | 'stranger')[] = [...MEMBER_ROLES, 'outsider', 'banned', 'stranger'];

describe('groups', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** How each operation of the table is done to whom. Those of other chapters of the protocol are left out. */
  type World = Awaited<ReturnType<typeof groupWithRoles>>;
  const attempts: Partial<Record<Operation, (world: World, user: Identity) => Promise<unknown>>> = {
    read: ({ history, channelUUID }, user) => history(user, channelUUID),
    join: ({ join, channelUUID }, user) => join(user, channelUUID),
    post: ({ post, channelUUID }, user) => post(user, channelUUID),
    invite: ({ add, channelUUID, person }, user) => add(user, channelUUID, person()),
    kickMember: kick('other', false),
    kickModerator: kick('otherModerator', false),
    kickOwner: kick('owner', false),
    banMember: kick('other', true),
    banModerator: kick('otherModerator', true),
    banOwner: kick('owner', true),
    unban: ({ memberships, channelUUID, who }, user) =>
      memberships.unban({ user, channelUUID, userUUID: who.banned.UUID }),
    muteMember: mute('other'),
    muteModerator: mute('otherModerator'),
    muteOwner: mute('owner'),
    promote: setRole('other', 'moderator'),
    demote: setRole('otherModerator', 'member'),
    transfer: setRole('otherModerator', 'owner'),
    set: ({ groups, channelUUID }, user) => groups.change({ user, channelUUID, name: 'Go' }),
    archive: ({ groups, channelUUID }, user) => groups.change({ user, channelUUID, archived: true }),
    audit: ({ groups, channelUUID }, user) => groups.audit({ user, channelUUID, limit: 10 }),
  };
  function kick(whom: 'other' | 'otherModerator' | 'owner', ban: boolean) {
    return ({ memberships, channelUUID, who }: World, user: Identity) =>
      memberships.kick({ user, channelUUID, userUUID: who[whom].UUID, ban });
  }
  function mute(whom: 'other' | 'otherModerator' | 'owner') {
    return ({ memberships, channelUUID, who }: World, user: Identity) =>
      memberships.mute({ user, channelUUID, userUUID: who[whom].UUID, seconds: 60 });
  }
  function setRole(whom: 'other' | 'otherModerator', role: MemberRole) {
    return ({ memberships, channelUUID, who }: World, user: Identity) =>
      memberships.setRole({ user, channelUUID, userUUID: who[whom].UUID, role });
  }
  const isOwnMatter = (operation: Operation, caller: string) =>
    operation.endsWith('Owner') && caller === 'owner';

  it('leaves out of the table what has tests of its own', () => {
    expect(OPERATIONS.filter((operation) => attempts[operation] === undefined)).toEqual([
      ...['quit', 'react', 'editOwn', 'editOthers', 'deleteOwn', 'deleteOthers', 'stepDown'],
    ]);
  });

  it.each(Object.keys(attempts) as Operation[])(
    'allow %s to the roles of the table alone',
    async (operation) => {
      for (const caller of CALLERS) {
        if (isOwnMatter(operation, caller)) continue;
        const world = await groupWithRoles(lab, caller === 'stranger');
        const doIt = attempts[operation]!(world, world.who[caller]);
        if ((rightOf(operation).roles as readonly string[]).includes(caller)) await doIt;
        else
          await expect(doIt).rejects.toMatchObject({
            name: caller === 'stranger' ? 'CHANNEL_NOT_FOUND' : 'FORBIDDEN',
          });
      }
    },
  );

  it.each(Object.keys(attempts) as Operation[])(
    'allow %s in an archived group and to the mute as the table says',
    async (operation) => {
      const { whileArchived, whileMuted, roles } = rightOf(operation);
      const caller = roles.find((role) => role === 'moderator') ?? roles[0];
      if (caller === undefined) return;
      const archived = await groupWithRoles(lab, false);
      await archived.groups.change({
        user: archived.who.owner,
        channelUUID: archived.channelUUID,
        archived: true,
      });
      const inArchived = attempts[operation]!(archived, archived.who[caller]);
      await (whileArchived ? inArchived : expect(inArchived).rejects.toMatchObject({ name: 'FORBIDDEN' }));
      if (caller === 'owner') return;
      const muted = await groupWithRoles(lab, false);
      const { who, channelUUID } = muted;
      await muted.memberships.mute({ user: who.owner, channelUUID, userUUID: who[caller].UUID, seconds: 60 });
      const whenMuted = attempts[operation]!(muted, who[caller]);
      await (whileMuted ? whenMuted : expect(whenMuted).rejects.toMatchObject({ name: 'FORBIDDEN' }));
    },
  );
});
