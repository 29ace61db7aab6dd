import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import {
  GATEWAY_ENDED,
  type GatewayEnded,
  type Identity,
  type PresentConnection,
  USERS_WENT_OFFLINE,
  type UsersContract,
  type UsersWentOffline,
} from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import { connectionOf, person } from './fixtures/people.js';
import { RunningUsers } from './fixtures/running-users.js';

describe('two replicas of the users service', () => {
  let running: RunningUsers;
  let users: ServiceClient<UsersContract>;
  let offline: Identity[];
  let ended: string[];

  beforeEach(async () => {
    @Controller()
    class Witness {
      @EventPattern(USERS_WENT_OFFLINE)
      wentOffline(@Payload() event: UsersWentOffline): void {
        offline.push(...event.users);
      }

      @EventPattern(GATEWAY_ENDED)
      gatewayEnded(@Payload() { gatewayId }: GatewayEnded): void {
        ended.push(gatewayId);
      }
    }
    [offline, ended] = [[], []];
    running = new RunningUsers(testRedis());
    await running.listener(Witness);
    await running.replica({ PRESENCE_LEASE_SECONDS: '2' });
    await running.replica({ PRESENCE_LEASE_SECONDS: '2' });
    users = running.client();
  });
  afterEach(() => running.stop());

  it('give a name to one of a hundred who ask for it at once', async () => {
    const claims = Array.from({ length: 100 }, () => users.ask('users.register', person('Ada')));
    const results = await Promise.allSettled(claims);
    const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));
    expect(winners).toHaveLength(1);
    expect(losers).toEqual(Array(99).fill('USERNAME_TAKEN'));
    const { total, users: listed } = await users.ask('users.list', { offset: 0, limit: 10 });
    expect({ total, listed }).toEqual({ total: 1, listed: [{ ...winners[0], OnLine: false }] });
  });

  const connect = (...connections: PresentConnection[]) => users.ask('users.connectAll', { connections });

  it('list pages and look users up, with who is online', async () => {
    const people = [];
    for (let index = 0; index < 3; index += 1) {
      people.push(await users.ask('users.register', person()));
    }
    const [ada, grace, edsger] = people as [Identity, Identity, Identity];
    expect(await connect(connectionOf(grace, 'g1'))).toEqual({ firsts: [true], reach: 'everyone' });
    expect(await users.ask('users.list', { offset: 1, limit: 2 })).toEqual({
      total: 3,
      users: [
        { ...grace, OnLine: true },
        { ...edsger, OnLine: false },
      ],
    });
    const { users: found } = await users.ask('users.lookup', {
      UUIDs: [ada.UUID, person().UUID, grace.UUID],
    });
    expect(found.map(({ Username }) => Username)).toEqual([ada.Username, grace.Username]);
    await expect(users.ask('users.list', { offset: 0, limit: 1_001 })).rejects.toMatchObject({
      name: 'INVALID_FIELD',
    });
  });

  it('clean up once after a gateway that died, and tell of its users by name', async () => {
    const people: Identity[] = [];
    while (people.length < 1_200) {
      await users.ask('users.renewLease', { gatewayId: 'dead' });
      const more = Array.from({ length: 200 }, () => users.ask('users.register', person()));
      people.push(...(await Promise.all(more)));
      const newest = people.slice(-200);
      await connect(...newest.map((user) => connectionOf(user, 'dead')));
    }
    const both = people[0]!;
    await connect(connectionOf(both, 'alive'));
    await eventually(
      async () => {
        await users.ask('users.renewLease', { gatewayId: 'alive' });
        expect(ended).toContain('dead');
      },
      { everyMs: 100 },
    );
    const names = (some: Identity[]) => some.map(({ Username }) => Username).sort();
    expect(names(offline)).toEqual(names(people.slice(1)));
    expect(ended).toEqual(['dead']);
    const { users: found } = await users.ask('users.lookup', { UUIDs: [both.UUID, people[1]!.UUID] });
    expect(found.map(({ OnLine }) => OnLine)).toEqual([true, false]);
    expect(await users.ask('users.renewLease', { gatewayId: 'dead' })).toMatchObject({ known: false });
  });

  it('end a gateway at once when it gives its lease up', async () => {
    const ada = await users.ask('users.register', person());
    await users.ask('users.renewLease', { gatewayId: 'g1' });
    await connect(connectionOf(ada, 'g1'));
    expect(await users.ask('users.endLease', { gatewayId: 'g1' })).toEqual({});
    const { users: found } = await users.ask('users.lookup', { UUIDs: [ada.UUID] });
    expect(found).toEqual([{ ...ada, OnLine: false }]);
    await eventually(() => expect(ended).toEqual(['g1']));
    expect(offline).toEqual([ada]);
  });

  it('continue what one of them began', async () => {
    const ada = await users.ask('users.register', person());
    const connection = connectionOf(ada, 'g1');
    const answers = await Promise.all(Array.from({ length: 20 }, () => connect(connection, connection)));
    expect(answers).toMatchObject(Array(20).fill({ firsts: [true, true], reach: 'everyone' }));
    for (let n = 0; n < 2; n += 1) {
      const forgotten = await users.ask('users.disconnectAll', { connections: [connection] });
      expect(forgotten).toMatchObject({ lasts: [true] });
    }
  });

  it('answer a gateway that asks for it about each connection, and say who is told', async () => {
    const connections = [person(), person()].map((user) => connectionOf(user, 'g1'));
    await connect(connectionOf(connections[1]!.user, 'g2'));
    const outcomes = new Map<number, unknown>();
    const options = {
      count: 2,
      isRepeatable: true,
      take: (place: number, outcome: unknown) => void outcomes.set(place, outcome),
    };
    await users.askEach('users.connectAll', { connections }, options);
    expect([outcomes.get(0), outcomes.get(1)]).toEqual([
      { isFirst: true, reach: 'everyone' },
      { isFirst: false, reach: 'everyone' },
    ]);
    await users.askEach('users.disconnectAll', { connections }, options);
    expect([outcomes.get(0), outcomes.get(1)]).toEqual([
      { isLast: true, reach: 'everyone' },
      { isLast: false, reach: 'everyone' },
    ]);
  });
});
