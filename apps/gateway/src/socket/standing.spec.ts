import { describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@parley/testing';
import { Admission } from './admission.js';
import { type Session, Standing } from './standing.js';

const sessionOf = (name: string): Session => ({
  user: { UUID: name, Username: name },
  ...{ userUUID: name, sessionId: `session of ${name}` },
});

/** A connection's standing where each user may have one connection. */
function setUp(admission = new Admission({ maxConnections: 100, perAddress: 0, perUser: 1 })) {
  const owner = {
    address: '192.0.2.1',
    giveWay: jest.fn(),
    countAs: jest.fn(),
    expire: jest.fn(),
  };
  admission.enter(owner);
  return { admission, owner, standing: new Standing(owner, admission) };
}

/** Whether one more connection may be this user's. */
const isFree = (admission: Admission, userUUID: string): boolean => {
  try {
    admission.claim(userUUID);
  } catch {
    return false;
  }
  admission.unclaim(userUUID);
  return true;
};

describe('Standing', () => {
  it('says who is signed in, and refuses to where nobody is', () => {
    const { standing } = setUp();
    expect(() => standing.signedIn()).toThrow(expect.objectContaining({ name: 'NOT_SIGNED_IN' }));
    standing.signIn(sessionOf('ada'), undefined);
    expect(standing.signedIn()).toBe(standing.session);
    standing.signOut();
    expect(standing.session).toBeUndefined();
  });

  it('counts what comes as that of a user, and the connection as one that need not give way, while somebody is signed in', () => {
    const { standing, owner, admission } = setUp();
    expect(admission.waiting).toBe(1);
    standing.signIn(sessionOf('ada'), undefined);
    expect(owner.countAs).toHaveBeenLastCalledWith(true);
    expect(admission.waiting).toBe(0);
    standing.signOut();
    expect(owner.countAs).toHaveBeenLastCalledWith(false);
    expect(admission.waiting).toBe(1);
  });

  it('counts as one of the user who is signed in, whatever was claimed and not used', () => {
    const { standing, admission } = setUp();
    standing.claim('ada');
    standing.signIn(sessionOf('ada'), undefined);
    standing.dropClaim();
    expect(isFree(admission, 'ada')).toBe(false);
    standing.claim('bob');
    standing.dropClaim();
    expect(isFree(admission, 'bob')).toBe(true);
  });

  it('keeps the claim of who signs in next while the one before is signed out', () => {
    const { standing, admission } = setUp();
    standing.claim('ada');
    standing.signIn(sessionOf('ada'), undefined);
    standing.claim('bob');
    standing.signOut();
    expect([isFree(admission, 'ada'), isFree(admission, 'bob')]).toEqual([true, false]);
    standing.release();
    expect(isFree(admission, 'bob')).toBe(true);
  });

  it('expires once the time of a token is over', async () => {
    const { standing, owner } = setUp();
    standing.signIn(sessionOf('ada'), 1);
    await eventually(() => expect(owner.expire).toHaveBeenCalledTimes(1));
  });

  it.each([
    ['a session without a token', (standing: Standing) => standing.signIn(sessionOf('bob'), undefined)],
    ['a token that lasts', (standing: Standing) => standing.limitTo(60_000)],
    ['nobody', (standing: Standing) => standing.signOut()],
    ['the end, whoever signs in after it', endAndSignIn],
  ])('does not expire when the token is followed by %s', (_, follow) => {
    jest.useFakeTimers();
    try {
      const { standing, owner } = setUp();
      standing.signIn(sessionOf('ada'), 10);
      follow(standing);
      jest.advanceTimersByTime(1_000);
      expect(owner.expire).not.toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
    }
  });
});

function endAndSignIn(standing: Standing): void {
  standing.end();
  standing.signIn(sessionOf('bob'), 10);
}
