import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'append-messages.lua');

/** What {@link appendMessages} takes; the script's header says what each entry is. */
export interface AppendMessages {
  readonly postedMs: number;
  readonly handledMs: number;
  readonly keep: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly channels: readonly AppendableChannel[];
}

/** One of the channels, with messages of one memory; a channel with messages of both comes once for each run of them. */
export interface AppendableChannel {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    /** The younger and the older half of the memory. */
    readonly memory: readonly [string, string];
  };
  readonly kind: 'general' | 'private';
  readonly one: string;
  readonly other: string;
  readonly fresh: string;
  readonly frames: string;
  readonly memory: 'posted' | 'handled';
  readonly messages: readonly AppendableMessage[];
}

/** One of the messages. */
export interface AppendableMessage {
  readonly sender: string;
  readonly record: string;
  readonly body: string;
}

/** The message as it is stored, by this call or by an earlier one with the same record. */
export interface AppendedMessage {
  /** It was stored by an earlier call, or earlier in this one. */
  readonly duplicate: boolean;
  /** The message before it in the channel is its sender's own, too. False for a duplicate. */
  readonly followsOwn: boolean;
  readonly UUID: string;
  readonly Seq: number;
  readonly CreatedAt: string;
}

/** What became of one message; an error says that it is not stored, FORBIDDEN or Redis's own. */
export type AppendOutcome = AppendedMessage | { readonly error: Error };

/**
 * Stores and publishes messages, each once per record; what becomes of each is told in the order of the channels and their messages.
 * Rejects with Redis's error when nothing at all could be done.
 */
export async function appendMessages(
  redis: RedisConnection,
  { channels, ...args }: AppendMessages,
): Promise<AppendOutcome[]> {
  const reply = await script.run(
    redis,
    channels.flatMap(({ keys }) => [keys.meta, keys.log, ...keys.memory]),
    [args.postedMs, args.handledMs, args.keep, args.publish, ...channels.flatMap(argsOf)],
  );
  return (reply as string[]).map(outcomeOf);
}

function argsOf(channel: AppendableChannel): (string | number)[] {
  const { kind, one, other, fresh, frames, memory, messages } = channel;
  const fields = messages.flatMap(({ sender, record, body }) => [sender, record, body]);
  return [kind, one, other, fresh, frames, memory, messages.length, ...fields];
}

function outcomeOf(text: string): AppendOutcome {
  const [outcome, UUID, seq, ms, before] = text.split(' ');
  if (outcome === 'FORBIDDEN') return { error: new AppError('FORBIDDEN') };
  if (outcome === 'REFUSED') return { error: new Error(text.slice('REFUSED '.length)) };
  return {
    duplicate: outcome === 'DUPLICATE',
    followsOwn: before === 'own',
    UUID: UUID!,
    Seq: Number(seq),
    CreatedAt: new Date(Number(ms)).toISOString(),
  };
}
