import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './send-again.lua.js';

const script = new Script(source);
/** Digits of a Seq in a member: members sort by Seq. */
const DIGITS = 16;

/** Where an event is. */
export interface EventPlace {
  readonly log: string;
  readonly seq: number;
}

/** The member of `again` for an event, and what precedes it for every event of its log. */
export const againMember = ({ log, seq }: EventPlace): string =>
  againPrefix(log) + String(seq).padStart(DIGITS, '0');
export const againPrefix = (log: string): string => `${log} `;

/** Has a webhook be sent events again. May be repeated. Rejects with Redis's error. */
export async function sendAgain(
  redis: RedisConnection,
  keys: ChannelKeys,
  name: string,
  events: readonly EventPlace[],
): Promise<void> {
  const [due, news] = keys.webhookLine({ name, of: 'again' });
  await script.run(
    redis,
    [due, news, keys.webhook(name, 'again')],
    events.flatMap(({ log, seq }) => [log, String(seq).padStart(DIGITS, '0')]),
  );
}
