import { everyoneChannel, type Identity } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import type { Logger } from '@parley/service-kit';
import { Cluster } from 'ioredis';
import { type Announcement, fanOutToAll } from '../delivery/pace.js';
import type { Subscriber } from '../delivery/subscriber.js';
import { droppedSysFrames } from '../metrics.js';
import { atEndOfTurn } from '../pacing/end-of-turn.js';
import type { FrameBudget } from '../pacing/frame-budget.js';
import type { Connections } from '../socket/connections.js';

/**
 * What stands before the JSON on the channel to everyone: the id of a connection that has been told already, or zeros.
 * The frames of one turn are published together, one on each line: JSON has no line breaks of its own.
 */
const NOBODY = '0'.repeat(36);
const LINE_BREAK = '\n';
/**
 * Writes per second that these frames cost a gateway: the more connections it has, the longer they gather. With four times as
 * many they were an eighth of a gateway's time while thousands signed in.
 */
const WRITES_PER_SECOND = 500;
/** How long one of them waits for others at most, in milliseconds. */
const LONGEST_REST_MS = 4_000;
/** Time between two publications of a gateway, in milliseconds: each costs every gateway a message. */
const PUBLISH_REST_MS = 20;

type SysFrame = ServerFrameOf<'sys'>;

/** `sys` frame that a user came. */
export const signedInFrame = ({ UUID, Username }: Identity): SysFrame => ({
  type: 'sys',
  sys: { type: 'signIn', signIn: { uuid: UUID, username: Username } },
});

/** `sys` frame that a user went. */
export const signedOutFrame = ({ UUID, Username }: Identity): SysFrame => ({
  type: 'sys',
  sys: { type: 'signOut', signOut: { uuid: UUID, username: Username } },
});

/**
 * Frames to every signed-in connection of every gateway. They are best effort: delivered within a budget of
 * frames per second, above which they are dropped and counted, and lost with a lost Redis connection. One that comes
 * alone is published and delivered at once; those that follow it closely gather, for at most four seconds, and share one
 * write to each.
 */
export class Everyone {
  private readonly channel: string;
  private due: string[] = [];
  private gathered: Announcement[] = [];
  private rest: NodeJS.Timeout | undefined;
  private publishRest: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly subscriber: Subscriber,
    private readonly connections: Connections,
    private readonly budget: FrameBudget,
    prefix: string,
    private readonly logger: Logger,
  ) {
    this.channel = everyoneChannel(prefix);
  }

  /** From now on hears what any gateway publishes to everyone. */
  async listen(): Promise<void> {
    await this.subscriber.subscribe(this.channel, (published) => this.receive(published));
  }

  /**
   * Publishes a frame to all gateways. Failures are logged: nobody waits for it.
   * @param toldId a connection that has been sent the frame already.
   */
  publish(frame: SysFrame, toldId = NOBODY): void {
    const isFirst = this.due.push(toldId + JSON.stringify(frame)) === 1;
    if (isFirst && this.publishRest === undefined) atEndOfTurn(() => this.publishDue());
  }

  /** Sends a frame to this gateway's connections alone. */
  tellHere(frame: SysFrame): void {
    this.gather(Buffer.from(JSON.stringify(frame)));
    this.deliver();
  }

  private publishDue(): void {
    const message = this.due.join(LINE_BREAK);
    this.due = [];
    const published =
      this.redis instanceof Cluster
        ? this.redis.spublish(this.channel, message)
        : this.redis.publish(this.channel, message);
    published.catch((error: unknown) => this.logger.warn({ err: error }, 'could not publish to everyone'));
    this.publishRest = setTimeout(() => {
      this.publishRest = undefined;
      if (this.due.length > 0) this.publishDue();
    }, PUBLISH_REST_MS).unref();
  }

  private receive(published: Buffer): void {
    for (let start = 0, end: number; start < published.length; start = end + 1) {
      const lineBreak = published.indexOf(LINE_BREAK, start);
      end = lineBreak < 0 ? published.length : lineBreak;
      const json = start + NOBODY.length;
      this.gather(published.subarray(json, end), published.toString('latin1', start, json));
    }
    this.deliver();
  }

  private gather(json: Buffer, exceptId?: string): void {
    const { size } = this.connections.signedIn;
    if (this.budget.take(size)) this.gathered.push({ json, exceptId });
    else droppedSysFrames.inc(size);
  }

  private deliver(): void {
    if (this.rest !== undefined || this.gathered.length === 0) return;
    const { signedIn } = this.connections;
    fanOutToAll(this.gathered, signedIn);
    this.gathered = [];
    const restMs = Math.min((signedIn.size / WRITES_PER_SECOND) * 1_000, LONGEST_REST_MS);
    this.rest = setTimeout(() => {
      this.rest = undefined;
      this.deliver();
    }, restMs).unref();
  }
}
