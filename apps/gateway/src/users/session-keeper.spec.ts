import { describe, expect, it } from '@jest/globals';
import type { AuthContract, SessionRef } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { fakeService } from '../pacing/fixtures/fake-services.js';
import { Connections } from '../socket/connections.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { SessionKeeper } from './session-keeper.js';
import type { Sessions } from './sessions.js';

/** A keeper of `count` sessions, the first of which has two connections; `keep` is what auth answers. */
function keeper(
  count: number,
  keep: (sessions: readonly SessionRef[]) => { readonly ended: readonly string[] },
) {
  const connections = new Connections();
  const add = (sessionId: string) => {
    const { connection } = fakeConnection();
    connection.signIn({ user: { UUID: 'u', Username: 'U' }, userUUID: 'u', sessionId });
    connections.link(sessionId, connection);
  };
  for (let n = 0; n < count; n += 1) add(`s${n}`);
  add('s0');
  const auth = fakeService<AuthContract>({ 'auth.keepSessions': ({ sessions }) => keep(sessions) });
  const ended: string[] = [];
  const sessions = {
    sessionEnded: ({ sessionId }: { sessionId: string }) => ended.push(sessionId),
  } as unknown as Sessions;
  const subject = new SessionKeeper(auth.client, connections, sessions, createLogger('test', 'silent'));
  return { subject, ended };
}

describe('SessionKeeper', () => {
  it('extends every session once, in batches of at most 1,000', async () => {
    const kept: SessionRef[][] = [];
    const { subject } = keeper(2_500, (sessions) => {
      kept.push([...sessions]);
      return { ended: [] };
    });
    await subject.keepAll();
    expect(kept.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(new Set(kept.flat().map(({ sessionId }) => sessionId)).size).toBe(2_500);
    expect(Object.keys(kept[0]![0]!).sort()).toEqual(['sessionId', 'userUUID']);
  });

  it('signs out the sessions that have ended', async () => {
    const { subject, ended } = keeper(3, () => ({ ended: ['s1'] }));
    await subject.keepAll();
    expect(ended).toEqual(['s1']);
  });

  it('continues with the next batch when one fails', async () => {
    let batches = 0;
    const { subject, ended } = keeper(1_500, () => {
      batches += 1;
      if (batches === 1) throw new AppError('UNAVAILABLE');
      return { ended: ['s1200'] };
    });
    await subject.keepAll();
    expect(ended).toEqual(['s1200']);
  });
});
