import type { Model } from './model.js';
import { markdownRows, shown } from './table.js';

/** What the sizes of installations are reckoned from. */
export interface Capacity {
  model: Model;
  /** Resident memory of a gateway without connections. */
  gatewayBytes: number;
  connectionBytes: number;
  /** CPU per second of all server processes for one idle connection. */
  idleUs: number;
  /** CPU of all server processes for one connection: new, and back after a cut. */
  connectUs: number;
  resumeUs: number;
  /** CPU per delivery where a gateway writes as fast as it can: many frames go into one write. */
  crowdedDeliveryUs: number;
  /** Redis commands per message: of a load that leaves little to batch, and of a high one. */
  redisCalls: { few: number; many: number };
  redisBytes: number;
}

/** An installation of some size, and what it does. */
export interface Installation {
  connections: number;
  messages: number;
  deliveries: number;
  gateways: number;
  /** Gateways that a message goes to. */
  spread: number;
  services: number;
  shards: number;
  /** Redis commands and bytes per second, over all shards. */
  commands: number;
  bytes: number;
  gatewayBytes: number;
}

/** What the people do whom the table is about. */
export const ASSUMED = { messagesPerMinute: 1, members: 20, sessionMinutes: 30 };
/** Of a core: above it, queues grow out of proportion and there is no room for a neighbour's failure. */
const BUSY = 0.5;
/** The default of MAX_CONNECTIONS. */
const CONNECTIONS_PER_GATEWAY = 50_000;
const SIZES = [100_000, 1_000_000, 10_000_000];
const CROWD = 1_000_000;
const GATEWAYS_MEASURED = 2;
const SERVICES_MEASURED = 3;

/** How many of `gateways` have one of `members` or more, when the members are spread at random. */
export function spreadOf(members: number, gateways: number): number {
  return gateways * (1 - (1 - 1 / gateways) ** members);
}

/** The smallest installation that holds so many connections with no process above half a core. */
export function installationFor(capacity: Capacity, connections: number): Installation {
  const messages = (connections * ASSUMED.messagesPerMinute) / 60;
  const deliveries = messages * ASSUMED.members;
  const arrivals = connections / (ASSUMED.sessionMinutes * 60);
  const { gateways: own, services, redis } = capacity.model;
  let gateways = Math.ceil(connections / CONNECTIONS_PER_GATEWAY);
  const load = () => {
    const spread = spreadOf(ASSUMED.members, gateways);
    const perMessage = own.message + spread * own.receipt + ASSUMED.members * own.delivery;
    const others = connections * capacity.idleUs + arrivals * capacity.connectUs;
    return (gateways * own.base) / GATEWAYS_MEASURED + messages * perMessage + others;
  };
  while (load() / gateways > BUSY * 1e6) gateways += 1;
  const spread = spreadOf(ASSUMED.members, gateways);
  const atServices = services.base + messages * services.message;
  const atRedis = redis.base + messages * (redis.message + spread * redis.receipt);
  return {
    connections,
    messages,
    deliveries,
    gateways,
    spread,
    services: Math.max(SERVICES_MEASURED, Math.ceil(atServices / (BUSY * 1e6))),
    shards: Math.max(1, Math.ceil(atRedis / (BUSY * 1e6))),
    commands: messages * capacity.redisCalls.many,
    bytes: messages * capacity.redisBytes * (spread / GATEWAYS_MEASURED),
    gatewayBytes: capacity.gatewayBytes + (connections / gateways) * capacity.connectionBytes,
  };
}

/** The document's tables of what an installation needs, and of what strains it. */
export function capacityTables(capacity: Capacity): [string, string] {
  return [installationsTable(capacity), strainsTable(capacity)];
}

function installationsTable(capacity: Capacity): string {
  const heads = [
    'connections',
    'messages/s',
    'deliveries/s',
    'gateways',
    'memory of each, MB',
    'gateways that a message goes to',
    'service processes',
    'Redis shards',
    'Redis commands/s',
    'Redis MB/s',
  ];
  const rows = SIZES.map((connections) => {
    const each = installationFor(capacity, connections);
    return [
      shown(connections),
      shown(each.messages),
      shown(each.deliveries),
      shown(each.gateways),
      shown(each.gatewayBytes / 1e6),
      shown(each.spread, 1),
      shown(each.services),
      shown(each.shards),
      shown(each.commands),
      shown(each.bytes / 1e6, 1),
    ];
  });
  return markdownRows(heads, rows, 0);
}

/** What one event of each kind costs at each size. */
function strainsTable(capacity: Capacity): string {
  const installations = SIZES.map((connections) => installationFor(capacity, connections));
  const of = (value: (each: Installation) => string) => installations.map(value);
  const perGateway = (each: Installation) => Math.min(each.connections, CROWD) / each.gateways;
  const { delivery } = capacity.model.gateways;
  const rows = [
    [
      'arrivals/s, each told to every gateway',
      ...of(({ connections }) => shown(connections / (ASSUMED.sessionMinutes * 60))),
    ],
    [
      '`sys` frames/s that this would be without a budget',
      ...of(({ connections }) => shown(connections ** 2 / (ASSUMED.sessionMinutes * 60))),
    ],
    [
      '`sys` frames/s with the budget of 10,000 per gateway',
      ...of(({ gateways }) => shown(gateways * 10_000)),
    ],
    [
      'one channel with everybody, 1,000,000 at most: ms of CPU per send at each gateway, one write each',
      ...of((each) => shown((perGateway(each) * delivery) / 1_000)),
    ],
    [
      'the same, frames gathered under load',
      ...of((each) => shown((perGateway(each) * capacity.crowdedDeliveryUs) / 1_000, 1)),
    ],
    [
      'one gateway lost: s of CPU until its clients are back, all processes together',
      ...of((each) => shown(((each.connections / each.gateways) * capacity.resumeUs) / 1e6, 1)),
    ],
    [
      'all gateways lost: s until everybody is back, every core busy',
      ...of((each) =>
        shown((each.connections * capacity.resumeUs) / 1e6 / (each.gateways + each.services), 1),
      ),
    ],
  ];
  return markdownRows(['', ...SIZES.map((size) => shown(size))], rows, 1);
}
