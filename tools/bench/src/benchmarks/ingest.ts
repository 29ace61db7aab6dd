import { percentileMs } from '@parley/load-generator';
import type { RunningContestant } from '../contestants/contestant.js';
import { COMPARED, REFERENCE } from '../contestants/contestants.js';
import { type Crowd, cpuOf, faultsOf, p50, p99 } from '../measuring/load.js';
import { meteredRun } from '../measuring/metered-run.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';

const ROOMS = 1_000;
const RATE = 5_000;
const WARM_UP_MS = 3_000;

async function measure(
  running: RunningContestant,
  crowd: Crowd,
  rate: number,
  seconds: number,
): Promise<Figures> {
  const { result, usage } = await meteredRun(running, crowd, { rate, warmupMs: WARM_UP_MS, seconds });
  const cpu = cpuOf(result);
  const { sent, total } = result;
  const calls = Object.values(usage.redisCalls).reduce((sum, count) => sum + count, 0);
  return {
    messagesPerSecond: sent / seconds,
    cpuUs: cpu.all / sent,
    gatewaysUs: cpu.gateways / sent,
    servicesUs: cpu.services / sent,
    redisUs: cpu.redis / sent,
    redisCalls: calls / total.sent,
    redisReads: usage.redisReads / total.sent,
    redisBytes: usage.redisBytes / total.sent,
    p50Ms: p50(result),
    p99Ms: p99(result),
    ...(total.acknowledged > 0 && { ackP99Ms: percentileMs(result.ackLatency, 99) }),
    faults: faultsOf(result),
  };
}

/** 1,000 private channels of two connections, 5,000 messages per second in all. */
export const ingest: Benchmark = {
  name: 'ingest',
  question: 'What does a stored, acknowledged message cost, in CPU and in Redis commands?',
  servers: COMPARED,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 5 },
  measure: (options) => {
    const rooms = ROOMS * options.scale;
    const crowd = { connections: 2 * rooms, senders: 2 * rooms, rooms };
    return withContestants(COMPARED, options, 2 * rooms, (started) =>
      inRounds(
        started.map((each) =>
          entryOf(each, () => measure(each.running, crowd, RATE * options.scale, options.seconds)),
        ),
        options.rounds,
      ),
    );
  },
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'messages/s', value: 'messagesPerSecond' },
      { title: 'CPU µs/message', value: 'cpuUs' },
      { title: 'ratio', value: 'cpuUs', digits: 2, ratioTo: REFERENCE.id },
      { title: 'gateways', value: 'gatewaysUs' },
      { title: 'services', value: 'servicesUs' },
      { title: 'Redis', value: 'redisUs' },
      { title: 'Redis commands/message', value: 'redisCalls', digits: 2 },
      { title: 'reads by Redis/message', value: 'redisReads', digits: 2 },
      { title: 'Redis bytes/message', value: 'redisBytes' },
      { title: 'p50 ms', value: 'p50Ms', digits: 1 },
      { title: 'p99 ms', value: 'p99Ms', digits: 1 },
      { title: 'p99 of the ack, ms', value: 'ackP99Ms', digits: 1 },
      { title: 'lost, doubled, out of order', value: 'faults' },
    ]),
};
