import { type LogFrame, type LogPage, userOf } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import type { ChannelKeys } from '../redis/keys.js';
import type { WebhookEvent } from './webhook-event.js';
import { UNKNOWN_EPOCH, type WebhookPosition } from './webhook-position.js';
import type { WebhookSource } from './webhook-source.js';

/** Events of one page at most. */
const PAGE = 100;

/** What has happened to users. Their logs are streams that have no epochs: a Seq is a time, which never comes again. */
export class UserEntries implements WebhookSource {
  readonly keepsPositions = true;

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  async page(log: string, { seq: after }: WebhookPosition): Promise<LogPage> {
    const frames = await this.read(log, `(${after}-0`, '+', PAGE + 1);
    const seq = frames.at(-1)?.seq ?? after;
    return {
      ...{ epoch: UNKNOWN_EPOCH, seq, first: 1, from: 0, common: Number.MAX_SAFE_INTEGER },
      frames: frames.slice(0, PAGE),
    };
  }

  /** The event with this Seq; undefined where it is gone. */
  async entry(log: string, seq: number): Promise<{ epoch: string; frame: LogFrame } | undefined> {
    const [frame] = await this.read(log, `${seq}-0`, `${seq}-0`, 1);
    return frame && { epoch: UNKNOWN_EPOCH, frame };
  }

  eventOf(_log: string, _epoch: string, { json }: LogFrame): WebhookEvent {
    const { id, type, data } = JSON.parse(json) as Omit<WebhookEvent, 'kind'>;
    return { kind: type.split('.', 1)[0] as WebhookEvent['kind'], id, type, data };
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  private async read(log: string, from: string, to: string, most: number): Promise<LogFrame[]> {
    const entries = await this.redis.xrange(this.keys.userEvents(userOf(log)), from, to, 'COUNT', most);
    return entries.map(([id, [, , , json]]) => ({ seq: Number.parseInt(id, 10), json: json! }));
  }
}
