import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster, type Command } from 'ioredis';
import { failFast, WAITING_FOR_SILENT } from './fail-fast.js';

/** A Cluster of two masters, `away` with the keys of {user1000} and `here` with all others, whose commands the test answers. */
function setUp() {
  const sent: Command[] = [];
  const cluster = new Cluster([], { lazyConnect: true });
  cluster.slots = Array.from({ length: 16_384 }, (_, slot) => [slot === 3_443 ? 'away' : 'here']);
  cluster.sendCommand = (command) => {
    sent.push(command);
    return command.promise;
  };
  failFast(cluster, () => Date.now());
  const ask = (key: string) => {
    const asked = { outcome: 'waits' };
    cluster.get(key).then(
      (value) => Object.assign(asked, { outcome: value }),
      (error: Error) => Object.assign(asked, { outcome: error.message }),
    );
    return asked;
  };
  const askAway = (count: number) => Array.from({ length: count }, (_, n) => ask(`{user1000}${n}`));
  return { cluster, sent, ask, askAway };
}

const settled = () => jest.advanceTimersByTimeAsync(0);

describe('failFast', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('refuses commands for a silent master beyond a few, and none for another', async () => {
    const { ask, askAway, sent } = setUp();
    askAway(WAITING_FOR_SILENT);
    await jest.advanceTimersByTimeAsync(1_900);
    const early = askAway(1)[0]!;
    await jest.advanceTimersByTimeAsync(200);
    const refused = askAway(1)[0]!;
    const other = ask('other');
    await settled();
    expect(refused.outcome).toContain('Command timed out');
    expect([early.outcome, other.outcome]).toEqual(['waits', 'waits']);
    for (const command of sent) command.resolve('value');
    await settled();
    expect([early.outcome, other.outcome]).toEqual(['value', 'value']);
    const again = askAway(1)[0]!;
    await settled();
    expect(again.outcome).toBe('waits');
  });

  it('lets any number wait for a master that answers', async () => {
    const { askAway, sent } = setUp();
    for (let round = 0; round < 10; round += 1) {
      const asked = askAway(2 * WAITING_FOR_SILENT);
      await jest.advanceTimersByTimeAsync(500);
      for (const command of sent.splice(0)) command.resolve('value');
      await settled();
      expect(new Set(asked.map(({ outcome }) => outcome))).toEqual(new Set(['value']));
    }
  });

  it('gives a command up that is not answered for five seconds', async () => {
    const { askAway } = setUp();
    const asked = askAway(1)[0]!;
    await jest.advanceTimersByTimeAsync(4_900);
    expect(asked.outcome).toBe('waits');
    await jest.advanceTimersByTimeAsync(700);
    expect(asked.outcome).toContain('Command timed out');
  });
});
