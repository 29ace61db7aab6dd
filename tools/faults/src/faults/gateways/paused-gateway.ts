import { setTimeout as delay } from 'node:timers/promises';
import { eventually, TestClient } from '@parley/testing';
import { atMost, type Claim } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { WELL_DEADLINE_MS } from '../../traffic/traffic.js';
import type { Fault } from '../fault.js';

/** Longer than a client may be silent (60 s), and than a gateway's lease runs (57 s). */
const PAUSE_MS = 65_000;
/** After the pause every heartbeat has had its turn within this time, in ms. */
const LOOK_MS = 10_000;
const CLIENTS = 100;
const SHORT_CLIENTS = 20;

/** A gateway is stopped for longer than its clients may be silent, and goes on. They were there all the time. */
export const pausedGateway: Fault = {
  name: 'paused-gateway',
  ownStage: true,
  isLong: true,
  run: ({ short, report }) =>
    Scene.playOn({}, async (scene) => {
      const guests = await Promise.all(
        Array.from({ length: short ? SHORT_CLIENTS : CLIENTS }, (_, n) => Guest.enter(scene, n)),
      );
      const witness = await Guest.enter(scene, guests.length, 1);
      await pause(scene, 'gateway-1');
      await delay(LOOK_MS);
      const lost = guests.filter(({ isLost }) => isLost).length;
      report(`${lost} of ${guests.length} connections lost`);
      const claims = [
        atMost(`of ${guests.length} clients lost`, lost, 0, 'clients'),
        await allOnline(witness, guests),
      ];
      const wellMs = [await scene.traffic.wellAgain()];
      const lacking = guests.filter(({ hasEverything }) => !hasEverything).length;
      claims.push(atMost(`of ${guests.length} clients lack a message`, lacking, 0, 'clients'));
      for (const guest of [...guests, witness]) await guest.leave();
      const account = await scene.settle();
      return [{ fault: `a gateway is stopped for ${PAUSE_MS / 1_000} s`, times: 1, account, wellMs, claims }];
    }),
};

async function pause({ stage }: Scene, name: string): Promise<void> {
  stage.stack.kill(name, 'SIGSTOP');
  await delay(PAUSE_MS);
  stage.stack.kill(name, 'SIGCONT');
}

/** Whether another gateway shows them all as online: it was told that they had gone offline. */
async function allOnline(witness: Guest, guests: readonly Guest[]): Promise<Claim> {
  const holds = await eventually(async () => witness.sees(guests), {
    timeoutMs: WELL_DEADLINE_MS,
    everyMs: 500,
  }).then(
    () => true,
    () => false,
  );
  return { text: 'all are shown as online again, and everyone was told', holds };
}

/** A client that follows the general channel, answers pings and never reconnects. */
class Guest {
  isLost = false;

  private constructor(
    private readonly client: TestClient,
    private readonly userUUID: string,
    private readonly from: number,
  ) {
    void client.closed.then(() => {
      this.isLost = true;
    });
  }

  static async enter({ stage }: Scene, number: number, gateway = 0): Promise<Guest> {
    const client = await TestClient.connect(stage.urls[gateway]!);
    const signIn = { username: `paused-${number}`, password: 'a password' };
    await client.next('ready');
    const { authorized } = await client.ask({ type: 'signIn', signIn }, WELL_DEADLINE_MS);
    const { subscribed } = await client.ask({ type: 'subscribe', subscribe: {} }, WELL_DEADLINE_MS);
    return new Guest(client, authorized.userUUID, subscribed.seq);
  }

  /** Whether it has had each message of the general channel since it came, once and in order. */
  get hasEverything(): boolean {
    const seqs = this.client.frames.flatMap(({ type, channelMessage }) =>
      type === 'channelMessage' ? [channelMessage.Seq as number] : [],
    );
    return seqs.length > 0 && seqs.every((seq, index) => seq === this.from + 1 + index);
  }

  /** Whether the last that this client was told of each of them, and what it is told now, is that they are online. */
  async sees(guests: readonly Guest[]): Promise<boolean> {
    const { users } = await this.client.ask({ type: 'users' });
    const online = new Set(
      users.users
        .filter(({ OnLine }: { OnLine: boolean }) => OnLine)
        .map(({ UUID }: { UUID: string }) => UUID),
    );
    return guests.every(({ userUUID }) => online.has(userUUID) && this.lastTold(userUUID) !== 'signOut');
  }

  async leave(): Promise<void> {
    if (!this.isLost) await this.client.close();
  }

  private lastTold(userUUID: string): string | undefined {
    const about = ({ sys }: (typeof this.client.frames)[number]) =>
      sys?.signIn?.uuid === userUUID || sys?.signOut?.uuid === userUUID;
    return this.client.frames.findLast(about)?.sys.type;
  }
}
