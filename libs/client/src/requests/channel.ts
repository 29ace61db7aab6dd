import type { Message } from '@parley/protocol';
import type { SessionKeeper } from '../session/session-keeper.js';
import type { Payload } from './answer.js';
import type { Target } from './channel-names.js';
import type { ChannelRequests, HistoryOptions, PostOptions } from './channel-requests.js';
import { MessageStream } from './message-stream.js';

/** One channel. Nothing is sent, and nothing held, until a method is called. */
export class Channel {
  constructor(
    private readonly requests: ChannelRequests,
    private readonly keeper: SessionKeeper,
    readonly target: Target,
  ) {}

  /** As `ChatClient.post`. */
  post(message: string, options?: PostOptions): Promise<Payload<'ack'>> {
    return this.requests.post(this.target, message, options);
  }

  /** As `ChatClient.history`. */
  history(options?: HistoryOptions): Promise<Payload<'channelMessages'>> {
    return this.requests.history(this.target, options);
  }

  /** As `ChatClient.markRead`. */
  markRead(seq: number): Promise<Payload<'channelRead'>> {
    return this.requests.markRead(this.target, seq);
  }

  /**
   * The messages that come from now on, each once and in order, across lost connections. Subscribes to the channel; where this is what
   * holds it, the end of the loop ends the subscription. The loop ends when the channel is left or the client is closed.
   * @param options `buffer`: how many messages may wait while the loop is busy; default 1,000.
   * @throws ChatError in the loop: RELOAD when messages may be missing, LIMIT_REACHED when too many wait, and why the session ended.
   */
  async *messages({ buffer = 1_000 }: { readonly buffer?: number } = {}): AsyncGenerator<Message, void> {
    const wasHeld = new Set(this.keeper.held.positions().map(({ channelUUID }) => channelUUID));
    const stream = new MessageStream(this.keeper, this.target, buffer);
    let release = () => Promise.resolve();
    try {
      const { channelUUID } = await this.requests.subscribe(this.target);
      stream.isHeld = true;
      release = this.hold(channelUUID, wasHeld.has(channelUUID));
      yield* stream;
    } finally {
      await stream.return();
      await release();
    }
  }

  /** Notes a loop over the channel. @returns a function that ends the subscription with the last loop, unless the application began it. */
  private hold(channelUUID: string, isApplications: boolean): () => Promise<void> {
    const loops = loopsOf(this.keeper);
    const hold = loops.get(channelUUID) ?? { count: 0, isApplications };
    loops.set(channelUUID, hold);
    hold.count += 1;
    return async () => {
      hold.count -= 1;
      if (hold.count > 0) return;
      loops.delete(channelUUID);
      // It fails if the session ends, and the subscription with it.
      if (!hold.isApplications && this.keeper.isKept)
        await this.requests.unsubscribe({ channelUUID }).catch(() => undefined);
    };
  }
}

interface Loops {
  count: number;
  /** Whether the application has held the channel before the first loop. */
  readonly isApplications: boolean;
}

/** The channels that loops run over, for each client. */
const allLoops = new WeakMap<SessionKeeper, Map<string, Loops>>();

function loopsOf(keeper: SessionKeeper): Map<string, Loops> {
  const loops = allLoops.get(keeper) ?? new Map<string, Loops>();
  allLoops.set(keeper, loops);
  return loops;
}
