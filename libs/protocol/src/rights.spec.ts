import { describe, expect, it } from '@jest/globals';
import { MEMBER_ROLES, may, OPERATIONS, type Operation, ROLES, rightOf, sanctionOf } from './rights.js';

const allowed = (state = {}) =>
  Object.fromEntries(ROLES.map((role) => [role, OPERATIONS.filter((one) => may(role, one, state))]));

describe('the rights of roles', () => {
  it('give nothing to the banned, and to outsiders the way in', () => {
    expect(allowed()).toMatchObject({ banned: [], outsider: ['join'] });
  });

  it('give nothing to those who are nothing to a channel', () => {
    expect(OPERATIONS.filter((one) => may(undefined, one))).toEqual([]);
  });

  it('grow with the role, but for stepping down', () => {
    const { owner, moderator, member } = allowed() as Record<string, Operation[]>;
    expect(owner).toEqual(expect.arrayContaining(moderator!.filter((one) => one !== 'stepDown')));
    expect(moderator).toEqual(expect.arrayContaining(member!));
  });

  it('let nobody change what others wrote, or touch the owner', () => {
    const nobodys = OPERATIONS.filter((one) => rightOf(one).roles.length === 0);
    expect(nobodys).toEqual(['editOthers', 'kickOwner', 'banOwner', 'muteOwner']);
  });

  it('take speech from the muted, and from everyone where a group is archived', () => {
    const taken = (state: object) =>
      OPERATIONS.filter((one) => may('moderator', one) && !may('moderator', one, state));
    expect(taken({ isMuted: true })).toEqual(['post', 'react', 'editOwn']);
    expect(taken({ isArchived: true })).toEqual(['post', 'react', 'editOwn', 'invite', 'set']);
  });

  it('let each sanction hit those of a lower role only', () => {
    for (const [rank, target] of MEMBER_ROLES.entries()) {
      for (const sanction of ['kick', 'ban', 'mute'] as const) {
        const by = ROLES.filter((role) => may(role, sanctionOf(sanction, target)));
        expect(by).toEqual(MEMBER_ROLES.slice(0, Math.min(rank, 2)));
      }
    }
  });
});
