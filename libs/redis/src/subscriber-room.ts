import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { connectRedis, type RedisConnection } from './connection.js';
import { mastersOf } from './master-of.js';
import type { RedisSettings } from './settings.js';

/** This Redis cannot carry a chat. The message is for the person who starts a service. */
export class UnfitRedis extends Error {
  override readonly name = 'UnfitRedis';
}

/**
 * Bytes that Redis must let wait for a subscriber. One step publishes up to 1.5 MiB of messages to a gateway, and 16 pages of
 * 256 KiB may be on their way to it at once. Redis's own default is 32 MiB.
 */
export const SUBSCRIBER_BYTES = 4 * 1024 * 1024;
/** Attempts after which a connection that breaks each time counts as closed by Redis on purpose. */
const ATTEMPTS = 3;
/** How long one message may take, in milliseconds; after that, nothing is known. */
const ARRIVES_WITHIN_MS = 5_000;
const AGAIN_AFTER_MS = 200;
/** How long a Cluster may take to be ready, in milliseconds. */
const READY_WITHIN_MS = 10_000;

/** What became of the message: it arrived, the subscriber's connection broke instead, or neither is known. */
type Outcome = 'arrived' | 'cut' | 'unknown';

/**
 * Makes sure that Redis lets {@link SUBSCRIBER_BYTES} wait for a subscriber: sends itself a message of that size, through each
 * master of a Cluster. A trial needs no right to read the configuration, which would also show passwords, and works where
 * Redis has no CONFIG. While Redis is away, this waits for it. A user without the right to publish is not checked.
 * @param channel one that nobody else uses, to which this user may publish and subscribe.
 * @throws Error if Redis closes the connection instead.
 */
export async function checkSubscriberRoom(settings: RedisSettings, channel: string): Promise<void> {
  const client = connectRedis(settings, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    if (!(await isReady(client))) return;
    const nodes = mastersOf(client);
    await Promise.all(nodes.map((node) => checkNode(node, channel)));
  } finally {
    client.disconnect();
  }
}

/** A client of a Cluster may wait for ever for a master that hangs: then nothing is checked. */
async function isReady(client: RedisConnection): Promise<boolean> {
  if (client.status === 'ready') return true;
  const ready = new Promise<true>((resolve) => client.once('ready', () => resolve(true)));
  if (client instanceof Cluster) return Promise.race([ready, pause(READY_WITHIN_MS, false, { ref: false })]);
  return ready;
}

async function checkNode(node: Redis, channel: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if ((await sendOne(node, channel)) !== 'cut') return;
    await pause(AGAIN_AFTER_MS);
  }
  throw new UnfitRedis(
    `Redis closes the connection of a subscriber for which ${SUBSCRIBER_BYTES} bytes wait. Raise the hard limit of "client-output-buffer-limit pubsub" to that at least; its default is 32mb.`,
  );
}

async function sendOne(node: Redis, channel: string): Promise<Outcome> {
  const subscriber = node.duplicate({ maxRetriesPerRequest: null });
  subscriber.on('error', () => undefined);
  const end = new AbortController();
  const late = pause<Outcome>(ARRIVES_WITHIN_MS, 'unknown', { signal: end.signal });
  try {
    return await Promise.race([late, arrival(node, subscriber, channel)]);
  } catch {
    return 'unknown';
  } finally {
    end.abort();
    subscriber.disconnect();
  }
}

async function arrival(publisher: Redis, subscriber: Redis, channel: string): Promise<Outcome> {
  await subscriber.subscribe(channel);
  const outcome = new Promise<Outcome>((resolve) => {
    subscriber.once('message', () => resolve('arrived'));
    subscriber.once('close', () => resolve('cut'));
  });
  await publisher.publish(channel, 'x'.repeat(SUBSCRIBER_BYTES));
  return outcome;
}
