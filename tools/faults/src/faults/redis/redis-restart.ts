import { type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import type { MayLose } from '../../ledger/entries.js';
import type { Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { nobodyReloads, toldByEpoch } from './epoch-claims.js';
import { TornFile } from './torn-file.js';

/** A way in which Redis ends, and what it may lose. */
interface Ending {
  readonly title: string;
  readonly policy: 'always' | 'everysec';
  /** Messages acknowledged in this time before the end may be lost, in ms. */
  readonly mayLoseMs: number;
  /** Whether the last writes are cut off the file, as a power failure does. A killed process does not lose them. */
  readonly tear: boolean;
}

/** `everysec` may lose the last second before the end, in ms. */
const LAST_MS = 1_000;
/** Posts whose records are cut off the file: about 0.7 s of traffic. */
const TORN_POSTS = 80;

const ENDINGS: readonly Ending[] = [
  { title: '`kill -9` of Redis, appendfsync always', policy: 'always', mayLoseMs: 0, tear: false },
  { title: '`kill -9` of Redis, appendfsync everysec', policy: 'everysec', mayLoseMs: LAST_MS, tear: false },
  { title: 'Redis loses its last 80 posts', policy: 'everysec', mayLoseMs: 0, tear: true },
];

/** Redis is killed and restarted on its files, under each of the two policies for writing them. */
export const redisRestart: Fault = {
  name: 'redis-restart',
  ownStage: true,
  run: async (options) => {
    const redis = await startRedis({ args: ['--appendonly', 'yes'] });
    try {
      const settings = { REDIS_URL: redis.url, ...fewerReplicas(options.short) };
      return await Stage.during({ settings }, async (stage) => {
        const rows: Row[] = [];
        for (const ending of ENDINGS) {
          rows.push(...(await Scene.play(stage, (scene) => restartIn(scene, redis, ending, options))));
        }
        return rows;
      });
    } finally {
      await redis.remove();
    }
  },
};

async function restartIn(
  scene: Scene,
  redis: OwnRedis,
  { title, policy, mayLoseMs, tear }: Ending,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 5;
  const lost: { readonly from: number; readonly to: number }[] = [];
  const processes = JSON.stringify(scene.stage.stack.processes());
  await setPolicy(redis, policy);
  const wellMs = await repeatedly(scene, times, report, async () => {
    const torn = tear ? await tearAfterPosts(scene, redis) : undefined;
    const from = torn?.since ?? Date.now() - mayLoseMs;
    await redis.kill();
    await torn?.tear();
    if (torn || mayLoseMs > 0) lost.push({ from, to: Date.now() });
    return { back: redis.restart().then(() => setPolicy(redis, policy)) };
  });
  const mayLose: MayLose = ({ storedAt }) => lost.some(({ from, to }) => storedAt >= from && storedAt <= to);
  const account = await scene.settle(mayLose);
  const same = JSON.stringify(scene.stage.stack.processes()) === processes;
  const claims = [toldByEpoch(scene, times), { text: 'no process was started again', holds: same }];
  if (policy === 'always') claims.push(nobodyReloads(scene));
  if (tear) claims.push({ text: 'messages were lost indeed', holds: account.lostAsDocumented > 0 });
  return [{ fault: title, times, account, wellMs, claims }];
}

/** The policy holds until Redis ends: it starts with the default. */
async function setPolicy({ url }: OwnRedis, policy: Ending['policy']): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.config('SET', 'appendfsync', policy);
  } finally {
    redis.disconnect();
  }
}

/** Marks the end of the file. Resolves when posts were written after the mark. */
async function tearAfterPosts({ traffic }: Scene, redis: OwnRedis): Promise<TornFile> {
  const torn = await TornFile.mark(redis);
  await traffic.more(TORN_POSTS);
  return torn;
}
