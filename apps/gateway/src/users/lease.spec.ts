import { describe, expect, it } from '@jest/globals';
import type { UsersContract } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import type { Joins } from '../channels/joins.js';
import { GatewayId } from '../gateway-id.js';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { Lease } from './lease.js';
import { Presence } from './presence.js';
import { Reach } from './reach.js';

const user = { UUID: 'ada', Username: 'Ada' };

/** The lease of a gateway with one signed-in and one fresh connection. */
function lease(answers: Answers<UsersContract>) {
  const users = fakeService<UsersContract>({ 'users.endLease': () => ({}), ...answers });
  const connections = new Connections();
  const faults: unknown[] = [];
  const { connection } = fakeConnection({ fault: (error) => faults.push(error) });
  connection.signIn({ user, userUUID: user.UUID, sessionId: 's' });
  connections.all.add(connection).add(fakeConnection().connection);
  const rejoined: Connection[] = [];
  const joins = {
    noteAgain: async (noted: Connection) => {
      rejoined.push(noted);
    },
  } as unknown as Joins;
  const logger = createLogger('test', 'silent');
  const gateway = new GatewayId();
  const reach = new Reach();
  const presence = new Presence(users.client, gateway, reach);
  const forgotten: string[] = [];
  const leaveTaking = { forgotten: () => void forgotten.push(gateway.current) };
  const told: object[] = [];
  const news = { arrived: (arrived: object) => void told.push(arrived) };
  const subject = new Lease(
    users.client,
    gateway,
    connections,
    presence,
    joins,
    leaveTaking,
    news,
    reach,
    logger,
  );
  const countOf = (pattern: string) => users.asked.filter((each) => each.pattern === pattern).length;
  return { subject, users, gateway, told, forgotten, connection, rejoined, faults, countOf };
}

describe('Lease', () => {
  it('is held after a renewal, and does not record again what is known', async () => {
    const { subject, rejoined, countOf } = lease({
      'users.renewLease': () => ({ known: true, renewAfterMs: 18_000 }),
    });
    expect(subject.isHeld()).toBe(false);
    await subject.start();
    await subject.end();
    expect(subject.isHeld()).toBe(true);
    expect(rejoined).toEqual([]);
    expect(countOf('users.endLease')).toBe(1);
  });

  it('is renewed after the time that the users service gives', async () => {
    const { subject, countOf } = lease({ 'users.renewLease': () => ({ known: true, renewAfterMs: 1 }) });
    await subject.start();
    await eventually(() => expect(countOf('users.renewLease')).toBeGreaterThan(2));
    await subject.end();
  });

  it('is not held while it cannot be renewed', async () => {
    const { subject } = lease({
      'users.renewLease': () => {
        throw new AppError('UNAVAILABLE');
      },
    });
    expect(subject.wasAsked()).toBe(false);
    await subject.start();
    expect(subject.isHeld()).toBe(false);
    expect(subject.wasAsked()).toBe(true);
    await subject.end();
  });

  it('records the signed-in connections and their channels again after it expired', async () => {
    const { subject, connection, rejoined, countOf } = lease({
      'users.renewLease': () => ({ known: false, renewAfterMs: 18_000 }),
      'users.connectAll': () => ({ firsts: [true] }),
    });
    await subject.start();
    await eventually(() => expect(rejoined).toEqual([connection]));
    expect(countOf('users.connectAll')).toBe(1);
    await subject.end();
  });

  it('takes another gateway id after it expired, and records everything under that', async () => {
    const answers = [false, true, false, true];
    const { subject, users, gateway, forgotten, rejoined } = lease({
      'users.renewLease': () => ({ known: answers.shift()!, renewAfterMs: 18_000 }),
      'users.connectAll': () => ({ firsts: [true] }),
    });
    const first = gateway.current;
    await subject.start();
    await subject.end();
    await subject.start();
    await subject.end();
    expect(gateway.current).toBe(first);
    await subject.start();
    await eventually(() => expect(rejoined).toHaveLength(2));
    await subject.end();
    expect(gateway.current).not.toBe(first);
    expect(forgotten).toEqual([gateway.current]);
    expect(users.asked.at(-1)).toMatchObject({ request: { gatewayId: gateway.current } });
    const noted = users.asked.filter(({ pattern }) => pattern === 'users.connectAll').at(-1);
    expect(noted).toMatchObject({ request: { connections: [{ gatewayId: gateway.current }] } });
  });

  it.each([true, false])(
    'tells everyone who is online again, if others had been told otherwise: %s',
    async (isFirst) => {
      const { subject, told, rejoined } = lease({
        'users.renewLease': () => ({ known: false, renewAfterMs: 18_000 }),
        'users.connectAll': () => ({ firsts: [isFirst] }),
      });
      await subject.start();
      await eventually(() => expect(rejoined).toHaveLength(1));
      expect(told).toEqual(isFirst ? [user] : []);
      await subject.end();
    },
  );

  it('records them again when the first attempt failed', async () => {
    let attempts = 0;
    const { subject, connection, rejoined, faults } = lease({
      'users.renewLease': () => ({ known: attempts > 0, renewAfterMs: 18_000 }),
      'users.connectAll': () => {
        attempts += 1;
        if (attempts === 1) throw new AppError('UNAVAILABLE');
        return { firsts: [true] };
      },
    });
    await subject.start();
    await eventually(() => expect(faults).toHaveLength(1));
    await subject.end();
    await subject.start();
    await eventually(() => expect(rejoined).toEqual([connection]));
  });
});
