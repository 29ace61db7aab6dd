import { CLOSE_CODES } from '@parley/protocol';
import { median, percentile, TestClient } from '@parley/testing';
import { atMost, type Claim } from '../report/row.js';
import { Scene } from '../stage/scene.js';
import { within } from '../traffic/deadline.js';
import { WELL_DEADLINE_MS } from '../traffic/traffic.js';
import type { Fault } from './fault.js';

/** What the one who never reads is sent. */
const MESSAGES = 2_000;
/** Together about 7 MB: Linux alone keeps up to 4 MB of what one socket was given (`tcp_wmem`), the gateway 1 MiB. */
const TEXT_LENGTH = 3_000;
/** How fast it is sent: slow enough that two cores have time to spare. */
const PER_SECOND = 250;
/** By how much the others' p99 may grow, in %. */
const GROWTH = 10;

/** A client that never reads gets more than a socket and its buffer hold. */
export const neverReads: Fault = {
  name: 'never-reads',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const rounds = short ? 1 : 7;
      const without: number[] = [];
      const beside: number[] = [];
      const codes: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        // By turns, for the machine does other work too; the order changes, for the second one finds it warm.
        if (!short && round % 2 === 0) without.push(await floodBesideReader(scene));
        const slow = await Guest.join(scene.stage.urls[0]!);
        slow.stopReading();
        beside.push(await flood(scene));
        codes.push(await slow.closed());
        if (round % 2 === 1) without.push(await floodBesideReader(scene));
        report(
          `${round + 1} of ${rounds}: p99 ${beside.at(-1)} ms beside it, ${without.at(-1)} ms beside one that reads`,
        );
      }
      const claims = [closedAsTooSlow(codes), ...(short ? [] : [growth(without, beside)])];
      const account = await scene.settle();
      return [{ fault: 'a client that never reads', times: rounds, account, wellMs: [], claims }];
    }),
};

/** One that reads on too late finds its connection cut: the server waits 5 s for the end of the closing handshake. */
const CUT = 1006;

function closedAsTooSlow(codes: readonly number[]): Claim {
  return {
    text: `it is closed with ${CLOSE_CODES.TOO_SLOW}, or cut when it reads on too late: ${codes.join(', ')}`,
    holds: codes.every((code) => code === CLOSE_CODES.TOO_SLOW || code === CUT),
  };
}

/** The medians of the rounds: one round alone tells more of the machine than of the slow client. */
function growth(without: readonly number[], beside: readonly number[]): Claim {
  const [before, after] = [median(without), median(beside)];
  const percent = Math.round((after / before - 1) * 100);
  return atMost(
    `p99 of the others, ${before} ms beside one that reads and ${after} ms beside it, grows by`,
    percent,
    GROWTH,
    '%',
  );
}

/** Posts the messages into the general channel. @returns the p99 of the time from post to delivery, in ms. */
async function flood({ traffic }: Scene): Promise<number> {
  const latencies = await traffic.burst(MESSAGES, PER_SECOND, TEXT_LENGTH);
  return Math.round(percentile(latencies, 0.99));
}

/** The same with one more client that reads, so that both have as many to deliver to. */
async function floodBesideReader(scene: Scene): Promise<number> {
  const reader = await Guest.join(scene.stage.urls[0]!);
  const p99 = await flood(scene);
  await reader.leave();
  return p99;
}

/** A client beside the traffic, who follows the general channel. */
class Guest {
  private constructor(private readonly client: TestClient) {}

  static async join(url: string): Promise<Guest> {
    const client = await TestClient.connect(url);
    const signIn = { username: `guest-${performance.now()}`, password: 'a password' };
    await client.next('ready');
    await client.ask({ type: 'signIn', signIn });
    await client.ask({ type: 'subscribe', subscribe: {} });
    return new Guest(client);
  }

  stopReading(): void {
    this.client.socket.pause();
  }

  /** Reads on, to find out how the server has ended the connection. */
  async closed(): Promise<number> {
    this.client.socket.resume();
    return (await within(WELL_DEADLINE_MS, 'the end of the slow one', this.client.closed)).code;
  }

  async leave(): Promise<void> {
    await this.client.close();
  }
}
