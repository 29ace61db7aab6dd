import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { joinFrame, sendFrame } from './checks/expectations.js';
import { kill, NpmStart } from './fixtures/npm-start.js';
import { World } from './world.js';

jest.setTimeout(600_000);

/** Within which every process must have ended. */
const STOP_MS = 10_000;

describe('npm start', () => {
  let folder: string;
  const starts: NpmStart[] = [];
  const worlds: World[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-start-'));
  });

  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
    for (const start of starts.splice(0)) await start.killAll();
    await rm(folder, { recursive: true, force: true });
  });

  /** A start on the same data each time. */
  const start = async () => {
    const running = new NpmStart({ PORT: '0', DATA_DIR: folder });
    starts.push(running);
    const world = new World({ urls: [await running.ready()], timeoutMs: 20_000 });
    worlds.push(world);
    return { running, world };
  };

  /** Stops it, and expects that nothing is left and that it took no longer than promised. */
  const stopped = async (running: NpmStart, how: 'terminate' | 'interrupt') => {
    const processes = running.processes();
    const began = performance.now();
    await running[how]();
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(kill(processes)).toEqual([]);
    return processes.length;
  };

  it('keeps users, sessions and history, and leaves no process after SIGTERM or Ctrl-C', async () => {
    const first = await start();
    const member = await first.world.join();
    const other = await first.world.join();
    const { ack } = await member.peer.ask(sendFrame('kept', other.userUUID));
    const before = (await member.peer.ask(joinFrame(other.userUUID))).channelJoin;
    // npm, the start, Redis, three services and two gateway workers; npm may have a shell in between.
    expect(await stopped(first.running, 'terminate')).toBeGreaterThanOrEqual(8);

    const second = await start();
    const again = await second.world.signInByPair(member);
    const after = (await again.peer.ask(joinFrame(other.userUUID))).channelJoin;
    expect([after.channelUUID, after.seq]).toEqual([before.channelUUID, ack.Seq]);
    expect(after.messages[0]).toMatchObject({ UUID: ack.UUID, Message: 'kept', Seq: ack.Seq });
    expect((await again.peer.ask(sendFrame('next', other.userUUID))).ack.Seq).toBe(ack.Seq + 1);
    expect((await second.world.signInAgain(other)).userUUID).toBe(other.userUUID);
    await stopped(second.running, 'interrupt');
  });
});
