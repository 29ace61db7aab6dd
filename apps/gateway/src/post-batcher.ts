import type { ChannelsContract, MessagePost, MessageStored, PostOutcome } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';

/** Posts of one request at most, and characters of their messages: what the channels service appends in one step. */
const PER_REQUEST = { posts: 256, characters: 256 * 1_024 };
/** Posts without an answer at most, and characters of their messages; past it a post is refused with OVERLOADED. */
const UNANSWERED = { posts: 10_000, characters: 16 * 1_024 * 1_024 };
/** When a request without an answer no longer holds back what came after it, in milliseconds. */
const HOLDS_BACK_MS = 20;
/** When a refused post may come again, in milliseconds. */
const RETRY_AFTER_MS = 200;

/** A post without an answer. */
interface Pending {
  readonly post: MessagePost;
  /** By when it is answered, of `performance.now()`. */
  readonly deadlineAt: number;
  readonly resolve: (stored: MessageStored) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The posts of this gateway's connections on their way to the channels service: what comes in one turn of the event loop,
 * or while the request before is under way, goes as one request. So a lone post waits for nothing, and under load the
 * requests grow by themselves. A request that takes long (its replica has died, say) holds others back for 20 ms at
 * most. Bounded in number and size.
 */
export class PostBatcher {
  private waiting: Pending[] = [];
  /** The request that what comes now waits for. */
  private holder: readonly Pending[] | undefined;
  private holds: NodeJS.Timeout | undefined;
  private readonly unanswered = { posts: 0, characters: 0 };
  private scheduled = false;

  /** @param deadlineMs time within which a post is answered, in milliseconds. */
  constructor(
    private readonly channels: Pick<ServiceClient<ChannelsContract>, 'ask'>,
    private readonly deadlineMs: number,
  ) {}

  /**
   * Stores a message.
   * @throws AppError as the channels service does, and OVERLOADED when too many posts are without an answer.
   */
  async post(post: MessagePost): Promise<MessageStored> {
    const { posts, characters } = this.unanswered;
    if (posts >= UNANSWERED.posts || characters >= UNANSWERED.characters)
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    this.count(1, post.message.length);
    try {
      return await new Promise<MessageStored>((resolve, reject) => {
        this.waiting.push({ post, deadlineAt: performance.now() + this.deadlineMs, resolve, reject });
        this.schedule();
      });
    } finally {
      this.count(-1, -post.message.length);
    }
  }

  private count(posts: number, characters: number): void {
    this.unanswered.posts += posts;
    this.unanswered.characters += characters;
  }

  private schedule(): void {
    if (this.scheduled || this.holder !== undefined) return;
    this.scheduled = true;
    // Behind the reading of this turn: what other sockets bring goes along.
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const batch = this.take();
    if (batch.length === 0) return;
    this.holder = batch;
    this.holds = setTimeout(() => this.letGo(batch), HOLDS_BACK_MS);
    void this.send(batch);
  }

  private take(): Pending[] {
    let characters = 0;
    const past = this.waiting.findIndex(({ post }, place) => {
      characters += post.message.length;
      return place >= PER_REQUEST.posts || (place > 0 && characters > PER_REQUEST.characters);
    });
    return this.waiting.splice(0, past < 0 ? this.waiting.length : past);
  }

  private async send(batch: readonly Pending[]): Promise<void> {
    // The first has waited longest, for other requests of no longer deadlines: some time is always left.
    const deadlineMs = Math.max(1, Math.floor(batch[0]!.deadlineAt - performance.now()));
    const posts = batch.map(({ post }) => post);
    try {
      const options = { deadlineMs, isRepeatable: true };
      const { outcomes } = await this.channels.ask('channels.postAll', { posts }, options);
      for (const [place, pending] of batch.entries()) settle(pending, outcomes[place]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.letGo(batch);
  }

  private letGo(batch: readonly Pending[]): void {
    if (this.holder !== batch) return;
    clearTimeout(this.holds);
    this.holder = undefined;
    this.flush();
  }
}

function settle({ resolve, reject }: Pending, outcome: PostOutcome): void {
  if ('stored' in outcome) resolve(outcome.stored);
  else reject(new AppError(outcome.error.name, outcome.error));
}
