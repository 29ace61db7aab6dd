import { type OwnRedis, startRedis } from '@parley/testing';
import { type Claim, type Fault, type FaultOptions, type Row } from './fault.js';
import type { MayLose } from './ledger.js';
import { repeatedly } from './repeatedly.js';
import { Scene } from './scene.js';
import { Stage } from './stage.js';

type Policy = 'always' | 'everysec';

/** What `everysec` may lose: the last second before the end, in ms. */
const LAST_MS = 1_000;

/** Redis is killed and started again on its files, with each of the two policies of writing them. */
export const redisRestart: Fault = {
  name: 'redis-restart',
  run: async (options) => [...(await restart('always', options)), ...(await restart('everysec', options))],
};

async function restart(policy: Policy, options: FaultOptions): Promise<Row[]> {
  const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', policy] });
  try {
    const stage = await Stage.start({ settings: { REDIS_URL: redis.url } });
    try {
      return await Scene.play(stage, (scene) => restartIn(scene, redis, policy, options));
    } finally {
      await stage.remove();
    }
  } finally {
    await redis.remove();
  }
}

async function restartIn(
  scene: Scene,
  redis: OwnRedis,
  policy: Policy,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 5;
  const killedAt: number[] = [];
  const processes = JSON.stringify(scene.stage.stack.processes());
  const wellMs = await repeatedly(scene, times, report, async () => {
    killedAt.push(performance.now());
    await redis.kill();
    return { back: redis.restart() };
  });
  const mayLose: MayLose = ({ at }) =>
    policy === 'everysec' && killedAt.some((killed) => at <= killed && at > killed - LAST_MS);
  const account = await scene.settle(mayLose);
  const claims = [
    toldByEpoch(scene, times),
    {
      text: 'no process was started again',
      holds: JSON.stringify(scene.stage.stack.processes()) === processes,
    },
  ];
  return [{ fault: `\`kill -9\` of Redis, appendfsync ${policy}`, times, account, wellMs, claims }];
}

/** Every client was told, in every channel and each time, that the log may have lost its end. */
export function toldByEpoch(scene: Scene, times: number): Claim {
  const { members, rooms } = scene.traffic;
  const least = Math.min(...members.map(({ name }) => scene.ledger.epochsOf(name)));
  // Each member follows the general channel and two private ones.
  const expected = 3 * (times + 1);
  return {
    text: `a new epoch for every client of ${rooms.length} channels, each time`,
    holds: least >= expected,
  };
}
