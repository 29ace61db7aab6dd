import type { RunningContestant } from '../contestants/contestant.js';
import { PARLEY } from '../contestants/contestants.js';
import { type Crowd, cpuOf } from '../measuring/load.js';
import { meteredRun } from '../measuring/metered-run.js';
import { type Figures, inRounds, type Measured, medians } from '../measuring/rounds.js';
import { readResult } from '../report/results.js';
import { markdownRows, shown } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';
import { ASSUMED, type Capacity, capacityTables } from './capacity.js';
import { fit, type Model, type Part, type Point, predict } from './model.js';

/** A size at which Parley is measured, to fit the model or to check it. */
interface Size {
  title: string;
  use: 'fitted' | 'checked';
  crowd: Crowd;
  rate: number;
  /** Gateways with members of a channel. */
  spread: number;
}

const WARM_UP_MS = 2_000;

const SIZES: readonly Size[] = [
  {
    title: '1,000 members, silent',
    use: 'fitted',
    crowd: { connections: 1_000, senders: 0 },
    rate: 0,
    spread: 2,
  },
  {
    title: '1 channel × 1,000 members, 100 messages/s',
    use: 'fitted',
    crowd: { connections: 1_000, senders: 100 },
    rate: 100,
    spread: 2,
  },
  {
    title: '200 channels × 2 members on two gateways, 400/s',
    use: 'fitted',
    crowd: { connections: 400, senders: 400, rooms: 200 },
    rate: 400,
    spread: 2,
  },
  {
    title: '200 channels × 2 members on one gateway, 400/s',
    use: 'fitted',
    crowd: { connections: 400, senders: 400, rooms: 200, oneGateway: true },
    rate: 400,
    spread: 1,
  },
  {
    title: '1 channel × 300 members, 200/s',
    use: 'checked',
    crowd: { connections: 300, senders: 100 },
    rate: 200,
    spread: 2,
  },
  {
    title: '50 channels × 20 members, 300/s',
    use: 'checked',
    crowd: { connections: 1_000, senders: 200, rooms: 50 },
    rate: 300,
    spread: 2,
  },
  {
    title: '1 channel × 2,000 members, 25/s',
    use: 'checked',
    crowd: { connections: 2_000, senders: 100 },
    rate: 25,
    spread: 2,
  },
];

const ACCOUNTS = Math.max(...SIZES.map(({ crowd }) => crowd.connections));

async function measure(running: RunningContestant, { crowd, rate, spread }: Size, seconds: number) {
  const { result, usage } = await meteredRun(running, crowd, { rate, warmupMs: WARM_UP_MS, seconds });
  const cpu = cpuOf(result);
  const { sent, deliveries, total } = result;
  const calls = Object.values(usage.redisCalls).reduce((sum, count) => sum + count, 0);
  return {
    messages: sent / seconds,
    receipts: (sent * spread) / seconds,
    deliveries: deliveries / seconds,
    gateways: cpu.gateways / seconds,
    services: cpu.services / seconds,
    redis: cpu.redis / seconds,
    ...(total.sent > 0 && { redisCalls: calls / total.sent, redisBytes: usage.redisBytes / total.sent }),
  };
}

const NEEDS = ['memory', 'connect', 'limit', 'ingest'];

/** What Parley's parts cost at several sizes. A model is fitted to some and checked against the others. */
export const model: Benchmark = {
  name: 'model',
  question: 'What can be predicted about sizes that were not measured?',
  defaults: { rounds: 3, seconds: 4 },
  needs: NEEDS,
  measure: (options) =>
    withContestants([PARLEY], options, ACCOUNTS, (started) =>
      inRounds(
        started.flatMap((each) =>
          SIZES.map((size) => entryOf(each, () => measure(each.running, size, options.seconds), size.title)),
        ),
        options.rounds,
      ),
    ),
  section: async (measured) => {
    const fitted = fit(pointsOf(measured, 'fitted').map(({ point }) => point));
    const capacity = await capacityOf(fitted);
    const [installations, strains] = capacityTables(capacity);
    return [
      'What Parley spends, fitted to four measured sizes:',
      costsTable(fitted),
      'Predicted and measured at three others:',
      checksTable(fitted, measured),
      `Where everybody posts once in ${60 / ASSUMED.messagesPerMinute} s to a channel of ${ASSUMED.members} who are there, and stays for ${ASSUMED.sessionMinutes} minutes:`,
      installations,
      'What strains such an installation:',
      strains,
    ].join('\n\n');
  },
};

function pointsOf(measured: readonly Measured[], use: Size['use']): { title: string; point: Point }[] {
  return SIZES.filter((size) => size.use === use).map(({ title }) => {
    const entry = measured.find(({ situation }) => situation === title);
    if (!entry) throw new Error(`not measured: ${title}`);
    return { title, point: pointOf(medians(entry)) };
  });
}

function pointOf(figures: Figures): Point {
  const { messages, receipts, deliveries, gateways, services, redis } = figures as Record<string, number>;
  return {
    workload: { messages: messages!, receipts: receipts!, deliveries: deliveries! },
    usedUs: { gateways: gateways!, services: services!, redis: redis! },
  };
}

function costsTable(fitted: Model): string {
  const row = (title: string, part: Part) => {
    const { base, message, receipt, delivery } = fitted[part];
    return [title, shown(base / 1_000, 1), shown(message), shown(receipt), shown(delivery, 2)];
  };
  return markdownRows(
    ['part', 'idle, ms/s', 'µs per message', 'µs per message and gateway', 'µs per delivery'],
    [row('two gateways', 'gateways'), row('auth, users, channels', 'services'), row('Redis', 'redis')],
    1,
  );
}

function checksTable(fitted: Model, measured: readonly Measured[]): string {
  const rows = pointsOf(measured, 'checked').flatMap(({ title, point: { workload, usedUs } }) =>
    (['gateways', 'services', 'redis'] as const).map((part) => {
      const predicted = predict(fitted[part], workload) / 1_000;
      const used = usedUs[part] / 1_000;
      return [title, part, shown(predicted, 1), shown(used, 1), `${shown((predicted / used - 1) * 100)} %`];
    }),
  );
  return markdownRows(['size', 'part', 'predicted, ms/s', 'measured, ms/s', 'error'], rows, 2);
}

/** The model, with figures that other benchmarks recorded. */
async function capacityOf(fitted: Model): Promise<Capacity> {
  const parleyIn = async (name: string) => {
    const result = await readResult(name);
    const entry = result?.measured.find(({ contestant }) => contestant === PARLEY.id);
    if (!entry) throw new Error(`record ${name} first`);
    return medians(entry);
  };
  const [memory, connect, limit, ingest] = await Promise.all(NEEDS.map((name) => parleyIn(name)));
  return {
    model: fitted,
    gatewayBytes: memory!['baseBytes']!,
    connectionBytes: memory!['slopeBytes']!,
    idleUs: memory!['idleUs']!,
    connectUs: connect!['connectUs']!,
    resumeUs: connect!['resumeUs']!,
    crowdedDeliveryUs: limit!['cpuUs']!,
    busy: {
      gatewaysUs: ingest!['gatewaysUs']!,
      servicesUs: ingest!['servicesUs']!,
      redisUs: ingest!['redisUs']!,
      redisCalls: ingest!['redisCalls']!,
      redisBytes: ingest!['redisBytes']!,
    },
  };
}
