import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'append-message.lua');

/** What {@link appendMessage} takes; the script's header says what each entry is. */
export interface AppendMessage {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly recorded: string;
    readonly recordedEarlier: string;
  };
  readonly kind: 'general' | 'private';
  readonly sender: string;
  readonly partner: string;
  readonly fresh: string;
  readonly record: Buffer;
  readonly recordMs: number;
  readonly body: string;
  readonly keep: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly frames: string;
}

/** The message as it is stored, by this call or by an earlier one with the same record. */
export interface AppendedMessage {
  /** It was stored by an earlier call. */
  readonly duplicate: boolean;
  readonly UUID: string;
  readonly Seq: number;
  readonly CreatedAt: string;
}

/**
 * Stores and publishes one message, once per record.
 * @throws AppError FORBIDDEN when the channel is a private one of others; STORAGE_FULL surfaces as Redis's error.
 */
export async function appendMessage(
  redis: RedisConnection,
  { keys, ...args }: AppendMessage,
): Promise<AppendedMessage> {
  const reply = await script.run(
    redis,
    [keys.meta, keys.log, keys.recorded, keys.recordedEarlier],
    [
      args.kind,
      args.sender,
      args.partner,
      args.fresh,
      args.record,
      args.recordMs,
      args.body,
      args.keep,
      args.publish,
      args.frames,
    ],
  );
  const [outcome, UUID, seq, ms] = reply as [string, string, string, string];
  if (outcome === 'FORBIDDEN') throw new AppError('FORBIDDEN');
  const CreatedAt = new Date(Number(ms)).toISOString();
  return { duplicate: outcome === 'DUPLICATE', UUID, Seq: Number(seq), CreatedAt };
}
