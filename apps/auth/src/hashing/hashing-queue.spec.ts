import { describe, expect, it } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { waitingHashings } from '../metrics.js';
import { type HashingBounds, HashingQueue } from './hashing-queue.js';
import { type HashingClient, Later } from './waiting-hashing.js';

/** A hashing that runs until it is told to end. */
const held = () => {
  let begin = () => {};
  let finish = (_: unknown) => {};
  let fail = (_: Error) => {};
  let isStarted = false;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const done = new Promise((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const hashing = () => {
    isStarted = true;
    begin();
    return done;
  };
  return { hashing, begun, finish, fail, isStarted: () => isStarted };
};

const bounds: HashingBounds = { atOnce: 1, waiting: 100, patienceMs: 60_000 };
const queueOf = (some: Partial<HashingBounds> = {}) => new HashingQueue({ ...bounds, ...some });
const client = (some: Partial<HashingClient> = {}): HashingClient => {
  return { network: '192.0.2.7', name: 'ada', isKnown: false, spentMs: 0, ...some };
};
const attacker = (number = 0) => client({ network: '198.51.100.1', name: `guessed-${number}` });
const overloaded = { name: 'OVERLOADED', retryAfterMs: 2_000 };

/** A queue whose one slot is taken, and which notes in which order the others run once it is free. */
async function occupied(some: Partial<HashingBounds> = {}) {
  const queue = queueOf(some);
  const first = held();
  const running = queue.run(client({ network: 'first' }), first.hashing);
  await first.begun;
  const order: string[] = [];
  const waiting: Promise<unknown>[] = [running];
  return {
    queue,
    order,
    add(label: string, who: HashingClient) {
      const done = queue.run(who, async () => void order.push(label));
      waiting.push(done.catch(() => {}));
      return done;
    },
    async runAll() {
      first.finish(undefined);
      await Promise.all(waiting);
      return order;
    },
  };
}

describe('HashingQueue', () => {
  it('runs a few at once, and the others in order', async () => {
    const queue = queueOf({ atOnce: 2 });
    const all = [held(), held(), held(), held()];
    const results = all.map(({ hashing }) => queue.run(client(), hashing));
    const started = () => all.map(({ isStarted }) => isStarted());
    await all[1]!.begun;
    expect(started()).toEqual([true, true, false, false]);
    all[1]!.finish('second');
    expect(await results[1]).toBe('second');
    await all[2]!.begun;
    expect(started()).toEqual([true, true, true, false]);
    for (const one of all) one.finish('done');
    await Promise.all(results);
    expect(started()).toEqual([true, true, true, true]);
  });

  it('refuses at once when too many of one network wait', async () => {
    const queue = queueOf({ waiting: 1 });
    const [running, waiting] = [held(), held()];
    const results = [queue.run(client(), running.hashing), queue.run(client(), waiting.hashing)];
    expect((await waitingHashings.get()).values).toMatchObject([{ value: 1 }]);
    await expect(queue.run(client(), held().hashing)).rejects.toMatchObject(overloaded);
    running.finish(undefined);
    waiting.finish(undefined);
    await Promise.all(results);
    expect((await waitingHashings.get()).values).toMatchObject([{ value: 0 }]);
  });

  it('starts the next when a hashing fails', async () => {
    const queue = queueOf();
    const [running, waiting] = [held(), held()];
    const [first, second] = [running, waiting].map(({ hashing }) => queue.run(client(), hashing));
    running.fail(new Error('no memory'));
    await expect(first).rejects.toThrow('no memory');
    waiting.finish('done');
    expect(await second).toBe('done');
    expect(await queue.run(client(), async () => 'next')).toBe('next');
  });

  it('lets a network wait for its own hashings, and not for those of another', async () => {
    const { add, runAll } = await occupied();
    for (let number = 0; number < 50; number += 1) void add('guess', attacker(number));
    for (const name of ['ada', 'grace']) void add(name, client({ network: name, name }));
    expect((await runAll()).slice(0, 4)).toEqual(expect.arrayContaining(['ada', 'grace']));
  });

  it('serves the network first that has used less lately', async () => {
    const { add, runAll } = await occupied();
    void add('busy', client({ network: 'busy', spentMs: 30_000 }));
    void add('idle', client({ network: 'idle', spentMs: 10 }));
    expect(await runAll()).toEqual(['idle', 'busy']);
  });

  it('serves users first who have signed in from there before, also at the network of a guesser', async () => {
    const { add, runAll } = await occupied();
    for (let number = 0; number < 20; number += 1) void add('guess', attacker(number));
    void add('stranger', client({ network: 'elsewhere' }));
    void add('known', { ...attacker(), name: 'ada', isKnown: true, spentMs: 40_000 });
    expect((await runAll())[0]).toBe('known');
  });

  it('lets the usernames of one network take turns', async () => {
    const { add, runAll } = await occupied();
    for (let number = 0; number < 10; number += 1) void add('guess', attacker());
    void add('ada', { ...attacker(), name: 'ada' });
    expect((await runAll()).indexOf('ada')).toBe(1);
  });

  it('serves strangers too while one account signs in without end', async () => {
    const { add, runAll } = await occupied();
    const insider = client({ network: 'insider', isKnown: true });
    for (let number = 0; number < 60; number += 1) void add('insider', insider);
    void add('stranger', client({ network: 'elsewhere' }));
    expect((await runAll()).indexOf('stranger')).toBeLessThanOrEqual(14);
  });

  it('serves everybody in the end, whatever their network has used', async () => {
    const { add, runAll } = await occupied();
    void add('guilty', client({ network: 'guilty', spentMs: 45_000 }));
    for (let number = 0; number < 20; number += 1) void add('others', client({ network: `net-${number}` }));
    expect((await runAll()).indexOf('guilty')).toBeLessThan(8);
  });

  it('lets the network give way that fills the queue', async () => {
    const { add, runAll } = await occupied({ waiting: 10 });
    const guesses = Array.from({ length: 30 }, (_, number) => add('guess', attacker(number)));
    const others = Array.from({ length: 5 }, (_, number) => {
      return add('other', client({ network: `net-${number}`, name: `user-${number}` }));
    });
    const outcomes = Promise.allSettled(guesses);
    await runAll();
    expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(
      Array(5).fill('fulfilled'),
    );
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(25);
    expect(refused[0]).toMatchObject({ reason: overloaded });
  });

  it('lets a stranger give way to a known user when every network waits', async () => {
    const { add, runAll } = await occupied({ waiting: 8 });
    const strangers = Array.from({ length: 8 }, (_, index) =>
      add('other', client({ network: `net-${index}` })),
    );
    const outcomes = Promise.allSettled(strangers);
    await expect(add('newcomer', client({ network: 'newcomer' }))).rejects.toMatchObject(overloaded);
    const known = add('known', client({ network: 'home', isKnown: true }));
    await runAll();
    await known;
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  it('asks a hashing again that cannot run yet, in its place, and runs those of others meanwhile', async () => {
    const queue = queueOf();
    const order: string[] = [];
    let tries = 0;
    const blocked = queue.run(client(), async () => {
      tries += 1;
      if (tries < 3) return new Later(20);
      order.push('blocked');
      return 'done';
    });
    const behind = queue.run(client(), async () => void order.push('behind'));
    const other = queue.run(client({ network: 'elsewhere' }), async () => void order.push('other'));
    expect(await blocked).toBe('done');
    await Promise.all([behind, other]);
    expect(order).toEqual(['other', 'blocked', 'behind']);
  });

  it('asks no stranger of a network meanwhile that has to wait, and serves its known users', async () => {
    const queue = queueOf();
    const order: string[] = [];
    let isHeld = true;
    const start = performance.now();
    const slowed = queue.run(client(), async () => {
      if (isHeld) return new Later(80, 'network');
      return void order.push('slowed');
    });
    const stranger = queue.run(client({ name: 'grace' }), async () => void order.push('stranger'));
    await queue.run(client({ name: 'ada', isKnown: true }), async () => void order.push('known'));
    isHeld = false;
    await Promise.all([slowed, stranger]);
    expect(order).toEqual(['known', 'slowed', 'stranger']);
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
  });

  it('bounds what is held too, while nothing runs', async () => {
    const queue = queueOf({ waiting: 3, patienceMs: 50 });
    const slowed = new AppError('RATE_LIMITED');
    const all = Array.from({ length: 10 }, (_, number) =>
      queue.run(attacker(number), async () => new Later(10_000, 'network', slowed)),
    );
    const outcomes = await Promise.allSettled(all);
    const names = outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.name);
    expect(names.filter((name) => name === 'RATE_LIMITED')).toHaveLength(4);
    expect(names.filter((name) => name === 'OVERLOADED')).toHaveLength(6);
  });

  it('refuses what has waited too long, with the reason why it had to', async () => {
    const queue = queueOf({ patienceMs: 20 });
    const error = new AppError('RATE_LIMITED', { retryAfterMs: 5_000 });
    const never = [
      queue.run(client(), async () => new Later(5)),
      queue.run(client({ network: 'slowed' }), async () => new Later(5_000, 'network', error)),
      queue.run(client({ network: 'slowed', name: 'next' }), async () => 'never'),
    ];
    const outcomes = await Promise.allSettled(never);
    expect(outcomes).toMatchObject([{ reason: overloaded }, { reason: error }, { reason: error }]);
  });

  it('does what can wait only while nothing else runs', async () => {
    const { queue, runAll } = await occupied();
    const done: string[] = [];
    await queue.runIfIdle(async () => void done.push('busy'));
    await runAll();
    await queue.runIfIdle(async () => void done.push('idle'));
    expect(done).toEqual(['idle']);
  });
});
