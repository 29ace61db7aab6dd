import { isUtf8 } from 'node:buffer';
import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import { Cluster } from 'ioredis';
import { RedisSubscriber, type Subscriber } from '../delivery/subscriber.js';
import { droppedSysFrames, unreadableFrames } from '../metrics.js';
import { atEndOfTurn } from '../pacing/end-of-turn.js';
import { Load, type Waits } from '../pacing/load.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { textFrame } from '../socket/text-frame.js';

/**
 * What precedes each JSON text on the channel: the id of a connection that has been told already, or zeros. The frames of
 * one turn are published together, one per line: JSON has no line breaks of its own.
 */
const NOBODY = '0'.repeat(36);
const LINE_BREAK = '\n';
/**
 * Writes per second that these frames cost a gateway: the more connections it has, the longer they rest. With four times
 * as many they took an eighth of a gateway's time while thousands signed in.
 */
const WRITES_PER_SECOND = 500;
/** The longest rest between two such writes, in milliseconds. A process that is not busy does not rest. */
const LONGEST_REST_MS = 4_000;
/** Time between two publications of a gateway, in milliseconds: each costs every gateway a message. */
const PUBLISH_EVERY_MS = 20;

/** Injection tokens of the Redis channel, and of the frames per second that one gateway may send. */
export const SYS_CHANNEL = Symbol('sys channel');
export const SYS_BUDGET = Symbol('sys budget');

/** A `sys` frame. */
export type SysFrame = ServerFrameOf<'sys'>;

/** `sys` frame that a user came online. */
export const signedInFrame = ({ UUID, Username }: Identity): SysFrame => ({
  type: 'sys',
  sys: { type: 'signIn', signIn: { uuid: UUID, username: Username } },
});

/** `sys` frame that a user went offline. */
export const signedOutFrame = ({ UUID, Username }: Identity): SysFrame => ({
  type: 'sys',
  sys: { type: 'signOut', signOut: { uuid: UUID, username: Username } },
});

/** A frame to every connection except one that has been told in another way. */
interface Announcement {
  readonly json: Buffer;
  readonly exceptId?: string | undefined;
}

/**
 * Sends `sys` frames to every signed-in connection of every gateway, on a best-effort basis: within a budget of frames per
 * second, above which they are dropped and counted; a lost Redis connection loses them. A lone frame is published and
 * delivered at once. In a busy process those that follow it closely are collected, for at most four seconds, and share one
 * write to each connection.
 */
@Injectable()
export class SysBroadcast {
  private due: string[] = [];
  private collected: Announcement[] = [];
  private rest: NodeJS.Timeout | undefined;
  private publishPause: NodeJS.Timeout | undefined;
  /** Whether what was published last could not be read. */
  private isUnreadable = false;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(RedisSubscriber) private readonly subscriber: Subscriber,
    private readonly connections: Connections,
    @Inject(SYS_BUDGET) private readonly budget: TokenBucket,
    @Inject(SYS_CHANNEL) private readonly channel: string,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Load) private readonly load: Waits,
  ) {}

  /** From now on receives what any gateway publishes. */
  async listen(): Promise<void> {
    await this.subscriber.subscribe(this.channel, (published) => this.receive(published));
  }

  /**
   * Publishes a frame to all gateways. A failure is logged: nobody waits for it.
   * @param toldId a connection that has been sent the frame already.
   */
  publish(frame: SysFrame, toldId = NOBODY): void {
    const isFirst = this.due.push(toldId + JSON.stringify(frame)) === 1;
    if (isFirst && this.publishPause === undefined) atEndOfTurn(() => this.publishDue());
  }

  /** Sends a frame to this gateway's connections alone. */
  tellHere(frame: SysFrame): void {
    this.collect(Buffer.from(JSON.stringify(frame)));
    this.deliver();
  }

  /** Sends a frame to this gateway's connections alone, outside of the budget: it must not be dropped. */
  announce(frame: SysFrame): void {
    this.collected.push({ json: Buffer.from(JSON.stringify(frame)) });
    this.deliver();
  }

  private publishDue(): void {
    const message = this.due.join(LINE_BREAK);
    this.due = [];
    const published =
      this.redis instanceof Cluster
        ? this.redis.spublish(this.channel, message)
        : this.redis.publish(this.channel, message);
    published.catch((error: unknown) => this.logger.warn({ err: error }, 'could not publish sys frames'));
    this.publishPause = setTimeout(() => {
      this.publishPause = undefined;
      if (this.due.length > 0) this.publishDue();
    }, PUBLISH_EVERY_MS).unref();
  }

  private receive(published: Buffer): void {
    // It would close the connections of all who get it.
    if (!isUtf8(published)) {
      unreadableFrames.inc();
      if (!this.isUnreadable) this.logger.error('published sys frames could not be read');
      this.isUnreadable = true;
      return;
    }
    this.isUnreadable = false;
    for (let start = 0, end: number; start < published.length; start = end + 1) {
      const lineBreak = published.indexOf(LINE_BREAK, start);
      end = lineBreak < 0 ? published.length : lineBreak;
      const json = start + NOBODY.length;
      this.collect(published.subarray(json, end), published.toString('latin1', start, json));
    }
    this.deliver();
  }

  private collect(json: Buffer, exceptId?: string): void {
    const { size } = this.connections.signedIn;
    if (this.budget.spend(size)) this.collected.push({ json, exceptId });
    else droppedSysFrames.inc(size);
  }

  private deliver(): void {
    if (this.rest !== undefined || this.collected.length === 0) return;
    const { signedIn } = this.connections;
    writeToAll(this.collected, signedIn);
    this.collected = [];
    const restMs = this.load.wait(Math.min((signedIn.size / WRITES_PER_SECOND) * 1_000, LONGEST_REST_MS));
    if (restMs < 1) return;
    this.rest = setTimeout(() => {
      this.rest = undefined;
      this.deliver();
    }, restMs).unref();
  }
}

/** Delivers frames to connections, with one write to each. */
function writeToAll(announced: readonly Announcement[], connections: Iterable<Connection>): void {
  const frames = announced.map(({ json }) => textFrame(json));
  const all = Buffer.concat(frames);
  const excepted = new Set(announced.map(({ exceptId }) => exceptId));
  for (const connection of connections) {
    const { id } = connection;
    const own = excepted.has(id)
      ? Buffer.concat(frames.filter((_, n) => announced[n]!.exceptId !== id))
      : all;
    if (own.length > 0) connection.write(own);
  }
}
