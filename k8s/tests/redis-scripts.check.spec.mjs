import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RedisPods, redisIsMissing, until } from './redis-pods.mjs';

jest.setTimeout(180_000);
if (redisIsMissing) console.warn(`The scripts of Redis's pods are not tested: ${redisIsMissing}.`);
const describeHere = redisIsMissing ? describe.skip : describe;

/** The pause between two fail-overs of one master, in ms: as written it is a minute. */
const FAILOVER_MS = 3_000;
const READY_SECONDS = 60;

describeHere('three pods of redis-ha', () => {
  const all = [0, 1, 2];
  let pods;
  let redis;
  let sentinels;
  beforeAll(async () => {
    pods = await RedisPods.of(3);
    sentinels = await Promise.all(all.map((pod) => pods.sentinel(pod, FAILOVER_MS)));
    redis = all.map((pod) => pods.redis(pod));
    await allReady();
  });
  afterAll(() => pods.remove());

  const allReady = () =>
    until(
      'every Redis is ready',
      async () => (await Promise.all(all.map((pod) => pods.isReady(pod)))).every(Boolean),
      READY_SECONDS,
    );
  const named = async (sentinel) => {
    const [name] = (await pods.askSentinel(sentinel, 'get-master-addr-by-name', 'parley')).split('\n');
    return pods.names.indexOf(name);
  };
  /** The number of the only master, when all agree on it. */
  const master = async () => {
    let found;
    await until('all agree on one master', async () => {
      const roles = await Promise.all(all.map((pod) => pods.ask(pod, 'role')));
      const masters = all.filter((pod) => roles[pod].startsWith('master'));
      const names = await Promise.all(all.map(named));
      [found] = masters;
      return masters.length === 1 && names.every((name) => name === found);
    });
    return found;
  };
  const others = (pod) => all.filter((each) => each !== pod);
  /** The Sentinels look at each replica once in 10 s. */
  const knownInStep = (pod) =>
    until(
      'each Sentinel knows two replicas in step',
      async () => {
        const known = await Promise.all(all.map((each) => pods.askSentinel(each, 'replicas', 'parley')));
        return (
          known.every((text) => text.match(/master-link-status\nok/g)?.length === 2) &&
          (await named(pod)) === pod
        );
      },
      READY_SECONDS,
    );

  it('start with the first as the master', async () => {
    expect(await master()).toBe(0);
    await pods.ask(0, 'set', 'kept', 'yes');
  });

  it('keep the master whose process alone ends', async () => {
    const before = await master();
    await knownInStep(before);
    await redis[before].end('SIGKILL');
    redis[before] = pods.redis(before);
    await allReady();
    expect(await master()).toBe(before);
    expect(redis[before].output).not.toContain('waits');
  });

  it('leave the choice to the Sentinels when the pod of the master returns, and give it another to follow', async () => {
    const before = await master();
    await knownInStep(before);
    await redis[before].end('SIGKILL');
    pods.renew(before);
    redis[before] = pods.redis(before);
    await until('it waits', () => redis[before].output.includes('waits'));
    expect(pods.follow(before)).toBeUndefined();
    await allReady();
    const after = await master();
    expect(others(before)).toContain(after);
    expect(pods.follow(before)).toContain(`replicaof ${pods.names[after]} 6379\n`);
    expect(await pods.ask(before, 'get', 'kept')).toBe('yes');
  });

  it('do not follow a master that returns without its volume', async () => {
    const before = await master();
    await knownInStep(before);
    await redis[before].end('SIGKILL');
    await sentinels[before].end('SIGKILL');
    pods.renew(before);
    pods.loseVolume(before);
    sentinels[before] = await pods.sentinel(before, FAILOVER_MS);
    redis[before] = pods.redis(before);
    await allReady();
    expect(await master()).not.toBe(before);
    for (const pod of all) expect(await pods.ask(pod, 'get', 'kept')).toBe('yes');
  });

  it('have the same master when all of them start again together', async () => {
    const before = await master();
    await knownInStep(before);
    await Promise.all([...redis, ...sentinels].map((each) => each.end('SIGKILL')));
    for (const pod of all) pods.renew(pod);
    sentinels = await Promise.all(all.map((pod) => pods.sentinel(pod)));
    redis = all.map((pod) => pods.redis(pod));
    await allReady();
    expect(await master()).toBe(before);
    for (const pod of all) expect(await pods.ask(pod, 'get', 'kept')).toBe('yes');
  });

  it('have no master by the word of one pod', async () => {
    const before = await master();
    await Promise.all([...redis, ...sentinels].map((each) => each.end('SIGKILL')));
    pods.renew(before);
    await pods.sentinel(before);
    const alone = pods.redis(before);
    await until('it waits', () => alone.output.endsWith(`name: ${pods.names[before]}\n`));
    expect(pods.follow(before)).toBeUndefined();
    await pods.sentinel(others(before)[0]);
    await until('it starts', () => alone.output.includes(`follows ${pods.names[before]}`));
  });
});

describeHere('six nodes of redis-cluster', () => {
  const all = [0, 1, 2, 3, 4, 5];
  let pods;
  const redis = [];
  beforeAll(async () => {
    pods = await RedisPods.of(6);
    for (const pod of all) redis[pod] = node(pod);
    for (const pod of all) pods.join(pod);
  });
  afterAll(() => pods.remove());

  const node = (pod) =>
    pods.bareRedis(
      pod,
      '--include',
      pods.folder(pod, 'cluster.conf'),
      '--cluster-announce-ip',
      pods.names[pod],
    );
  const allReady = () =>
    until(
      'every node is ready',
      async () => (await Promise.all(all.map((pod) => pods.isReady(pod)))).every(Boolean),
      READY_SECONDS,
    );

  it('become three masters with a replica each, and ready', async () => {
    await allReady();
    // Readiness is that of replication. Who has which slots spreads among the nodes a moment later.
    const agreed = async () => {
      const info = await pods.ask(0, 'cluster', 'info');
      return /cluster_state:ok\r/.test(info) && /cluster_size:3\r/.test(info);
    };
    await until('the nodes agree on three masters', agreed, READY_SECONDS);
  });

  it('make a node that has lost its volume a replica of the one that took its place', async () => {
    await redis[0].end('SIGKILL');
    await until(
      'its replica takes over',
      async () => (await pods.ask(3, 'role')).startsWith('master'),
      READY_SECONDS,
    );
    pods.loseVolume(0);
    redis[0] = node(0);
    await allReady();
    expect(await pods.ask(0, 'role')).toMatch(new RegExp(`^slave\n${pods.names[3]}\n`));
  });
});
