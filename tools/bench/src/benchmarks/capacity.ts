import { markdownRows, shown } from '../report/table.js';
import type { Model } from './model.js';

/** The measured figures from which installations are sized. */
export interface Capacity {
  model: Model;
  /** Resident memory of a gateway without connections. */
  gatewayBytes: number;
  connectionBytes: number;
  /** CPU per second of all server processes for one idle connection. */
  idleUs: number;
  /** CPU of all server processes to connect, and to resume after a cut, per connection. */
  connectUs: number;
  resumeUs: number;
  /** CPU per delivery when a gateway writes as fast as it can, with many frames in each write. */
  crowdedDeliveryUs: number;
  /** Per message to a channel with members on two gateways, at a load that keeps a process about half busy. */
  busy: {
    /** CPU of both gateways, of the services and of Redis. */
    gatewaysUs: number;
    servicesUs: number;
    redisUs: number;
    redisCalls: number;
    redisBytes: number;
  };
}

/** An installation and its load. */
export interface Installation {
  connections: number;
  messages: number;
  deliveries: number;
  gateways: number;
  /** How many gateways a message goes to. */
  spread: number;
  services: number;
  shards: number;
  /** Redis commands and bytes per second, over all shards. */
  commands: number;
  bytes: number;
  gatewayBytes: number;
}

/** The assumed behaviour of users. */
export const ASSUMED = { messagesPerMinute: 1, members: 20, sessionMinutes: 30 };
/** Share of a core. Above it, queues grow out of proportion and nothing is left for a neighbour's failure. */
const BUSY = 0.5;
/** The default of MAX_CONNECTIONS. */
const CONNECTIONS_PER_GATEWAY = 50_000;
const SIZES = [100_000, 1_000_000, 10_000_000];
const CROWD = 1_000_000;
const GATEWAYS_MEASURED = 2;
const SERVICES_MEASURED = 3;

/** How many of `gateways` have at least one of `members`, when the members are spread at random. */
export function spreadOf(members: number, gateways: number): number {
  return gateways * (1 - (1 - 1 / gateways) ** members);
}

/**
 * The smallest installation for this many connections with no process above half a core. An idle process gathers no messages
 * and so pays far more for each than a busy one. Sizes therefore follow from measurements at such a load.
 */
export function installationFor(capacity: Capacity, connections: number): Installation {
  const messages = (connections * ASSUMED.messagesPerMinute) / 60;
  const { busy, model } = capacity;
  const gateways = gatewaysFor(capacity, connections, messages);
  const spread = spreadOf(ASSUMED.members, gateways);
  const atServices = model.services.base + messages * busy.servicesUs;
  const further = Math.max(0, spread - GATEWAYS_MEASURED) * model.redis.receipt;
  const atRedis = model.redis.base + messages * (busy.redisUs + further);
  return {
    connections,
    messages,
    deliveries: messages * ASSUMED.members,
    gateways,
    spread,
    services: Math.max(SERVICES_MEASURED, Math.ceil(atServices / (BUSY * 1e6))),
    shards: Math.max(1, Math.ceil(atRedis / (BUSY * 1e6))),
    commands: messages * busy.redisCalls,
    bytes: messages * busy.redisBytes * (spread / GATEWAYS_MEASURED),
    gatewayBytes: capacity.gatewayBytes + (connections / gateways) * capacity.connectionBytes,
  };
}

/** The smallest number of gateways that keeps each at most half busy. */
function gatewaysFor(capacity: Capacity, connections: number, messages: number): number {
  const { base, delivery } = capacity.model.gateways;
  const receipt = receiptUs(capacity);
  const arrivals = connections / (ASSUMED.sessionMinutes * 60);
  const others = connections * capacity.idleUs + arrivals * capacity.connectUs;
  const load = (gateways: number) => {
    const perMessage = spreadOf(ASSUMED.members, gateways) * receipt + ASSUMED.members * delivery;
    return (gateways * base) / GATEWAYS_MEASURED + messages * perMessage + others;
  };
  let gateways = Math.ceil(connections / CONNECTIONS_PER_GATEWAY);
  while (load(gateways) / gateways > BUSY * 1e6) gateways += 1;
  return gateways;
}

/** CPU of a busy gateway per message that it receives, when two gateways receive it and deliver it twice, the post included. */
function receiptUs({ busy, model }: Capacity): number {
  return Math.max(0, busy.gatewaysUs / GATEWAYS_MEASURED - model.gateways.delivery);
}

/** The document's tables: what an installation needs, and what strains it. */
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
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one row of the table after the other.
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
      'events/s that Redis hands out for it, from one shard',
      ...of(({ connections, gateways }) => shown((connections / (ASSUMED.sessionMinutes * 60)) * gateways)),
    ],
    [
      "ms/s of each gateway's CPU, if hearing of one costs what a message does",
      ...of(({ connections }) =>
        shown(((connections / (ASSUMED.sessionMinutes * 60)) * receiptUs(capacity)) / 1_000),
      ),
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
