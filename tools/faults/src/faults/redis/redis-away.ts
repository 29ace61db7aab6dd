import { setTimeout as delay } from 'node:timers/promises';
import { type OwnRedis, startRedis } from '@parley/testing';
import { type Claim, type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';

/** How long Redis is away, in ms. In the short form longer than a process may take to listen. */
const AWAY_MS = { full: 600_000, short: 75_000 };
/** Every client keeps what it posts meanwhile, at most 1,000 messages. */
const TRAFFIC = { messagesPerSecond: 8 };
/** The longest pauses of the services and clients, and what they have kept. */
const WELL_MS = 30_000;
/** This process is killed, and starts again while Redis is away. */
const KILLED = 'users-2';
/** How often the gateways are asked whether they are alive, in ms. */
const ASK_EVERY_MS = 2_000;

/** Redis is away for longer than anything waits for it, and comes back: everything has waited, and goes on. */
export const redisAway: Fault = {
  name: 'redis-away',
  ownStage: true,
  isLong: true,
  run: async (options) => {
    const redis = await startRedis({ args: ['--appendonly', 'yes'] });
    try {
      const settings = { REDIS_URL: redis.url };
      return await Scene.playOn({ settings }, (scene) => awayIn(scene, redis, options), TRAFFIC);
    } finally {
      await redis.remove();
    }
  },
};

async function awayIn(scene: Scene, redis: OwnRedis, { short, report }: FaultOptions): Promise<Row[]> {
  const awayMs = short ? AWAY_MS.short : AWAY_MS.full;
  const before = pids(scene);
  const alive = new Alive(scene.stage.stack.gateways.map(({ httpUrl }) => httpUrl));
  let waiting: number | undefined;
  const wellMs = await repeatedly(scene, 1, report, async () => {
    await redis.stop();
    const back = scene.stage.end(KILLED, 'SIGKILL', awayMs + WELL_MS);
    await alive.askFor(awayMs);
    waiting = pids(scene).get(KILLED);
    await redis.restart();
    return { back };
  });
  const after = pids(scene);
  const account = await scene.settle();
  const changed = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
  const claims = [
    wellIn(wellMs, WELL_MS),
    alive.claim(),
    { text: `processes that were started again: ${changed.join(', ')}`, holds: changed.join() === KILLED },
    {
      text: `${KILLED}, killed meanwhile, waited for Redis and was not ended`,
      holds: waiting !== undefined && waiting === after.get(KILLED),
    },
  ];
  return [{ fault: `Redis is away for ${awayMs / 1_000} s`, times: 1, account, wellMs, claims }];
}

const pids = ({ stage }: Scene): Map<string, number> =>
  new Map(stage.stack.processes().map(({ name, pid }) => [name, pid]));

/** Asks the gateways whether they are alive: where nobody answers, Kubernetes starts a process again. */
class Alive {
  private asked = 0;
  private answered = 0;

  constructor(private readonly urls: readonly string[]) {}

  async askFor(ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; await delay(ASK_EVERY_MS))
      await Promise.all(this.urls.map((url) => this.ask(url)));
  }

  claim(): Claim {
    return {
      text: `/health/live of the gateways answered ${this.answered} of ${this.asked} times`,
      holds: this.asked > 0 && this.answered === this.asked,
    };
  }

  private async ask(url: string): Promise<void> {
    this.asked += 1;
    const isAlive = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isAlive) this.answered += 1;
  }
}
