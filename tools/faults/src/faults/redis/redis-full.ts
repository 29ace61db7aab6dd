import { TestClient } from '@parley/testing';
import { Redis } from 'ioredis';
import type { Claim, Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { within } from '../../traffic/deadline.js';
import { WELL_DEADLINE_MS } from '../../traffic/traffic.js';
import type { Fault } from '../fault.js';
import { repeatedly } from '../repeatedly.js';

/**
 * Bytes left when the limit is set: the traffic fills them within seconds, and the client that helps stays within its rate
 * (`FRAMES_BURST`).
 */
const ROOM_BYTES = 64 * 1024;
/** How many posts of one client are refused before Redis gets room again. */
const REFUSALS = 20;
/** The gateway's deadline plus time to report it, in ms. */
const ANSWERED_MS = 12_000;

/** Redis is full for a while and evicts nothing. */
export const redisFull: Fault = {
  name: 'redis-full',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), (scene) => fillIn(scene, short ? 1 : 5, report)),
};

async function fillIn(scene: Scene, times: number, report: (line: string) => void): Promise<Row[]> {
  const admin = new Redis(scene.stage.stack.redisUrl!);
  const poster = await Poster.join(scene.stage.urls[0]!);
  try {
    const wellMs = await repeatedly(scene, times, report, async () => {
      const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))![1]);
      await admin.config('SET', 'maxmemory', used + ROOM_BYTES);
      await within(WELL_DEADLINE_MS, 'STORAGE_FULL', poster.refusals(REFUSALS));
      await admin.config('SET', 'maxmemory', 0);
      return undefined;
    });
    const account = await scene.settle();
    return [{ fault: 'Redis is full', times, account, wellMs, claims: poster.claims(scene) }];
  } finally {
    await poster.leave();
    admin.disconnect();
  }
}

/** Posts without a `clientUUID` and never retries: a refused post must not be stored. */
class Poster {
  private readonly refused: string[] = [];
  private readonly names = new Set<string>();
  private posts = 0;

  private constructor(
    private readonly client: TestClient,
    private readonly username: string,
  ) {}

  static async join(url: string): Promise<Poster> {
    const client = await TestClient.connect(url);
    const username = `poster-${performance.now()}`;
    await client.ask({ type: 'signIn', signIn: { username, password: 'a password' } });
    return new Poster(client, username);
  }

  /** Posts until `count` more posts were refused. */
  async refusals(count: number): Promise<void> {
    for (const enough = this.refused.length + count; this.refused.length < enough; this.posts += 1) {
      const message = `${this.username}-${this.posts}`;
      const frame = { type: 'channelMessage', channelMessage: { message } };
      const { error } = await this.client.ask({ ...frame }, ANSWERED_MS);
      if (error === undefined) continue;
      this.names.add(error.name);
      this.refused.push(message);
    }
  }

  /** Call it after the ledger has read the logs. */
  claims({ ledger }: Scene): Claim[] {
    const stored = this.refused.filter((text) => ledger.isStored(text)).length;
    const names = [...this.names].join(', ');
    return [
      {
        text: `${this.refused.length} posts refused with ${names}, ${stored} of them stored`,
        holds: this.refused.length > 0 && names === 'STORAGE_FULL' && stored === 0,
      },
    ];
  }

  async leave(): Promise<void> {
    await this.client.close();
  }
}
