import {
  type ChannelsContract,
  channelIdOf,
  type MessagePost,
  type MessageStored,
  type PostOutcome,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import { Gathering } from '../pacing/gathering.js';

/** Characters of the messages of one request at most: what the channels service appends in one step. */
const CHARACTERS_PER_REQUEST = 256 * 1_024;
/** Posts without an answer at most, and characters of their messages; past it a post is refused with OVERLOADED. */
const UNANSWERED = { posts: 10_000, characters: 16 * 1_024 * 1_024 };
/** When a refused post may come again, in milliseconds. */
const RETRY_AFTER_MS = 200;

/**
 * The posts of this gateway's connections on their way to the channels service, gathered: on a Redis Cluster those for
 * each master apart, so that a master that is away holds up no channels of the others. An inbox on it still does: what
 * shares a request is acknowledged together. Bounded in number and size.
 */
export class PostBatcher {
  private readonly gatherings = new Map<string, Gathering<MessagePost, PostOutcome>>();
  private readonly unanswered = { posts: 0, characters: 0 };

  /**
   * @param deadlineMs time within which a post is answered, in milliseconds.
   * @param masterOf the master that holds a channel, where there are several.
   */
  constructor(
    private readonly channels: Pick<ServiceClient<ChannelsContract>, 'ask'>,
    private readonly deadlineMs: number,
    private readonly masterOf?: (channelUUID: string) => string,
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
      const outcome = await this.gatheringFor(post).add(post);
      if ('stored' in outcome) return outcome.stored;
      throw new AppError(outcome.error.name, outcome.error);
    } finally {
      this.count(-1, -post.message.length);
    }
  }

  private gatheringFor({ sender, target }: MessagePost): Gathering<MessagePost, PostOutcome> {
    const master = this.masterOf?.(channelIdOf(sender.UUID, target)) ?? '';
    const gathering = this.gatherings.get(master) ?? this.newGathering();
    this.gatherings.set(master, gathering);
    return gathering;
  }

  private newGathering(): Gathering<MessagePost, PostOutcome> {
    return new Gathering({
      ask: async (posts, deadlineMs) => {
        const options = { deadlineMs, isRepeatable: true };
        return (await this.channels.ask('channels.postAll', { posts }, options)).outcomes;
      },
      deadlineMs: this.deadlineMs,
      sizeOf: ({ message }) => message.length,
      sizePerRequest: CHARACTERS_PER_REQUEST,
    });
  }

  private count(posts: number, characters: number): void {
    this.unanswered.posts += posts;
    this.unanswered.characters += characters;
  }
}
