import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisPods, redisIsMissing, until } from './redis-pods.mjs';

if (redisIsMissing) console.warn(`The scripts of Redis's pods are not tested: ${redisIsMissing}.`);
const describeHere = redisIsMissing ? describe.skip : describe;

describeHere('find-master.sh', () => {
  let pods;
  let script;
  beforeAll(async () => {
    pods = await RedisPods.of(3);
  });
  afterAll(() => pods.remove());
  afterEach(() => script?.end());

  const monitors = (sentinel, master) =>
    pods.askSentinel(sentinel, 'monitor', 'parley', pods.names[master], '6379', '2');
  const start = (pod) => {
    pods.renew(pod);
    script = pods.find(pod, ['echo', 'Redis', 'starts']);
    return script;
  };
  /** Resolves when the script has asked and waits because of these answers. */
  const waitsFor = async (...masters) => {
    const names = masters.length === 0 ? 'nobody' : masters.map((master) => pods.names[master]).join(' ');
    await until(`it waits, having heard ${names}`, () => script.output.endsWith(`name: ${names}\n`));
    expect(script.code).toBeUndefined();
  };
  const started = () => until('Redis starts', () => script.output.endsWith('Redis starts\n'));

  it('takes no answer and empty answers for what they are, and asks again until a majority names a master', async () => {
    pods.fill(1);
    start(1);
    await waitsFor();
    for (const sentinel of [0, 1, 2]) await pods.bareSentinel(sentinel);
    expect(await pods.askSentinel(0, 'get-master-addr-by-name', 'parley')).toBe('');
    await monitors(1, 1);
    // A Sentinel beside it that knows of nobody else is its own word.
    await waitsFor(1);
    expect(pods.follow(1)).toBeUndefined();
    await monitors(0, 2);
    await waitsFor(2, 1);
    await monitors(2, 2);
    await started();
    expect(pods.follow(1)).toBe(`replica-announce-ip ${pods.names[1]}\nreplicaof ${pods.names[2]} 6379\n`);
  });

  it('ends on SIGTERM while it waits', async () => {
    for (const sentinel of [0, 1, 2]) await pods.askSentinel(sentinel, 'remove', 'parley');
    start(1);
    await waitsFor();
    expect(await script.end()).toBe(0);
  });

  it('starts a master with data that all take for the master, while no replica could take over', async () => {
    for (const sentinel of [0, 2]) await monitors(sentinel, 1);
    start(1);
    await started();
    expect(pods.follow(1)).toBe(`replica-announce-ip ${pods.names[1]}\n`);
  });

  it('starts a master without data only when every Sentinel says that it is the first start', async () => {
    for (const sentinel of [0, 2]) await pods.askSentinel(sentinel, 'remove', 'parley');
    for (const sentinel of [1, 2]) await monitors(sentinel, 0);
    start(0);
    await waitsFor(0, 0).catch(() => undefined);
    expect(script.code).toBeUndefined();
    await monitors(0, 0);
    await started();
    expect(pods.follow(0)).toBe(`replica-announce-ip ${pods.names[0]}\n`);
  });
});

describeHere('the readiness of a Redis with replicas', () => {
  let pods;
  beforeAll(async () => {
    pods = await RedisPods.of(3);
  });
  afterAll(() => pods.remove());
  const replicaOf = (master) => ['--replicaof', `${pods.names[master]} 6379`];

  it('is that of replication', async () => {
    pods.bareRedis(0);
    await until('the master answers', () => pods.ask(0, 'ping').then(...isTrueFor('PONG')));
    expect(await pods.isReady(0)).toBe(false);

    // It cannot sign in at its master, so that it never gets its data.
    pods.bareRedis(1, ...replicaOf(0));
    await until('the replica tries', () =>
      pods.ask(1, 'role').then(...isTrueFor(/^slave\n.*\n6379\nconnect/)),
    );
    expect(await pods.isReady(1)).toBe(false);
    expect(await pods.isReady(0)).toBe(false);

    pods.bareRedis(2, ...replicaOf(0), '--include', pods.file('replication.conf'));
    await until('the replica is ready', () => pods.isReady(2));
    await until('the master is ready', () => pods.isReady(0));
    expect(await pods.isReady(1)).toBe(false);
  });

  it('is a PING where the users are those of an earlier version', async () => {
    await pods.ask(1, 'acl', 'setuser', 'probe', '-role');
    expect(await pods.isReady(1)).toBe(true);
  });
});

describeHere('join.sh', () => {
  it('takes no slots while the other nodes do not answer', async () => {
    const pods = await RedisPods.of(6);
    try {
      pods.bareRedis(0, '--include', pods.folder(0, 'cluster.conf'));
      await until('the node answers', () => pods.ask(0, 'ping').then(...isTrueFor('PONG')));
      pods.join(0);
      const rounds = /cmdstat_cluster\|nodes:calls=([3-9]|\d\d)/;
      await until('it has looked twice', () =>
        pods.ask(0, 'info', 'commandstats').then(...isTrueFor(rounds)),
      );
      expect(await pods.ask(0, 'cluster', 'info')).toContain('cluster_slots_assigned:0\r');
    } finally {
      await pods.remove();
    }
  });
});

/** For `then`: whether the answer is this; false if there is none. */
function isTrueFor(wanted) {
  const fits = (answer) => (typeof wanted === 'string' ? answer === wanted : wanted.test(answer));
  return [fits, () => false];
}
