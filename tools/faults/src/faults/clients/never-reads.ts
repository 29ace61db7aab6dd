import { CLOSE_CODES } from '@parley/protocol';
import { median, percentile, TestClient } from '@parley/testing';
import { atMost, type Claim } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { within } from '../../traffic/deadline.js';
import { type Texts, WELL_DEADLINE_MS } from '../../traffic/traffic.js';
import type { Fault } from '../fault.js';

/**
 * What the client that never reads is sent: about 7 MB in all, because Linux buffers up to 4 MB per socket (`tcp_wmem`) and
 * the gateway 1 MiB. The short form has fewer messages, of characters that take three bytes each.
 */
const FLOOD = { messages: 2_000, length: 3_000, filler: 'x' };
const SHORT_FLOOD = { messages: 600, length: 3_900, filler: '語' };
/** Slow enough that two cores have time to spare. */
const PER_SECOND = 250;
/** The most that the other clients' p99 may grow, in %. */
const GROWTH = 10;

/** A client never reads, and gets more than its socket and buffer hold. */
export const neverReads: Fault = {
  name: 'never-reads',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const rounds = short ? 1 : 7;
      const without: number[] = [];
      const beside: number[] = [];
      const codes: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        // Interleaved, because the machine does other work too. The order alternates, because the second flood finds a warm machine.
        if (!short && round % 2 === 0) without.push(await floodBesideReader(scene));
        const slow = await Guest.join(scene.stage.urls[0]!);
        slow.stopReading();
        beside.push(await flood(scene, short ? SHORT_FLOOD : FLOOD));
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

/** A client that resumes reading too late is cut off: the server waits 5 s for the end of the closing handshake. */
const CUT = 1006;

function closedAsTooSlow(codes: readonly number[]): Claim {
  return {
    text: `it is closed with ${CLOSE_CODES.TOO_SLOW}, or cut when it reads on too late: ${codes.join(', ')}`,
    holds: codes.every((code) => code === CLOSE_CODES.TOO_SLOW || code === CUT),
  };
}

/** Compares medians of the rounds: a single round says more about the machine than about the slow client. */
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
async function flood({ traffic }: Scene, texts: Texts): Promise<number> {
  const latencies = await traffic.burst(texts, PER_SECOND);
  return Math.round(percentile(latencies, 0.99));
}

/** The same with one more client that reads, so that both floods have as many deliveries. */
async function floodBesideReader(scene: Scene): Promise<number> {
  const reader = await Guest.join(scene.stage.urls[0]!);
  const p99 = await flood(scene, FLOOD);
  await reader.leave();
  return p99;
}

/** A client beside the traffic that follows the general channel. */
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

  /** Resumes reading, and returns the code with which the server closed the connection. */
  async closed(): Promise<number> {
    this.client.socket.resume();
    return (await within(WELL_DEADLINE_MS, 'the end of the slow connection', this.client.closed)).code;
  }

  async leave(): Promise<void> {
    await this.client.close();
  }
}
