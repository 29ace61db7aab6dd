import { type Ledger, type MayLose, seconds, type Traffic } from '@parley/faults';
import { eventually } from '@parley/testing';
import type { Check } from './check.js';
import type { Compose, Topology } from './compose.js';
import { inTraffic } from './in-traffic.js';

/** How a master fails: its container is killed, or is paused and comes back later. */
type Failure = 'killed' | 'frozen';

/** The time after which a silent master is replaced (deploy/redis: start-sentinel.sh, cluster.conf) plus 10 s, in ms. */
const WELL_MS = 5_000 + 10_000;
/** A master that fails may not have replicated what it stored in this time, in ms. */
const UNREPLICATED_MS = 1_000;
/** Channels that each member of the traffic follows. */
const FOLLOWED = 3;

interface Replicated {
  /** Replicas of each master. */
  readonly replicas: number;
  /** Channels of each member that must get a new epoch: in a Cluster at least the general one, whose master fails. */
  readonly newEpochs: number;
}

const REPLICATED: Record<Exclude<Topology, 'single'>, Replicated> = {
  ha: { replicas: 2, newEpochs: FOLLOWED },
  cluster: { replicas: 1, newEpochs: 1 },
};

/** The master of the general channel fails in traffic, in each of the two ways. */
export const failsOver = (topology: keyof typeof REPLICATED): Check[] =>
  (['killed', 'frozen'] as const).map((how) => ({
    title: `keeps working when the master of Redis is ${how}`,
    run: (compose) => failOver(compose, how, REPLICATED[topology]),
  }));

function failOver(compose: Compose, how: Failure, { replicas, newEpochs }: Replicated): Promise<string> {
  let [from, to] = [Number.NaN, Number.NaN];
  const mayLose: MayLose = ({ storedAt }) => storedAt > from && storedAt < to;
  const work = async (traffic: Traffic, ledger: Ledger) => {
    const [{ channelUUID }] = traffic.rooms as [Traffic['rooms'][number]];
    const former = await masterOf(compose, channelUUID);
    from = Date.now() - UNREPLICATED_MS;
    const { wellMs, master } = await without(compose, former, how, async () => {
      to = Date.now();
      const began = performance.now();
      await traffic.wellAgain();
      return { wellMs: performance.now() - began, master: await masterOf(compose, channelUUID) };
    });
    if (wellMs > WELL_MS) throw new Error(`all well only ${seconds(wellMs)} after the failure`);
    await eventually(() => hasReplicas(compose, master, replicas), { timeoutMs: 90_000, everyMs: 500 });
    // Replies of the former master, when it came back, must have done no harm.
    await traffic.wellAgain();
    expectTold(traffic, ledger, newEpochs);
    return `${master} in place of ${former}, all well ${seconds(wellMs)} after the failure, all told of the new epoch`;
  };
  return inTraffic(compose, work, mayLose);
}

/** Does the work while the master is away. It comes back afterwards, and acts as the master until it learns of the new one. */
async function without<T>(
  compose: Compose,
  master: string,
  how: Failure,
  work: () => Promise<T>,
): Promise<T> {
  if (how === 'frozen') return compose.frozen(master, work);
  await compose.kill(master);
  const done = await work();
  await compose.up();
  return done;
}

/** The service whose Redis is the master of a channel's keys. */
async function masterOf(compose: Compose, channelUUID: string): Promise<string> {
  const services = (await compose.containers()).map(({ service }) => service);
  for (const service of services.filter((name) => /^redis(-\d)?$/.test(name)).toSorted()) {
    if (!(await compose.redis(service, 'role')).startsWith('master')) continue;
    if (!(await compose.redis(service, 'exists', `{${channelUUID}}`)).includes('MOVED')) return service;
  }
  throw new Error(`no Redis is the master of ${channelUUID}`);
}

async function hasReplicas(compose: Compose, master: string, replicas: number): Promise<boolean> {
  const report = await compose.redis(master, 'info', 'replication');
  return report.match(/^slave\d:.*state=online/gm)?.length === replicas;
}

/** @throws Error when a client did not learn that the logs of its channels have a new epoch. */
function expectTold({ members }: Traffic, ledger: Ledger, newEpochs: number): void {
  const least = Math.min(...members.map(({ name }) => ledger.epochsOf(name)));
  if (least < FOLLOWED + newEpochs) throw new Error(`a client knows ${least} epochs of ${FOLLOWED} channels`);
}
