import { Inject, Injectable } from '@nestjs/common';
import {
  type Apart,
  type ChannelsContract,
  channelIdOf,
  isApart,
  type OutcomeOf,
  type PostReply,
  type PostRequest,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { MASTER_OF, type MasterOf } from '../delivery/masters.js';
import { Backlog } from '../pacing/backlog.js';
import { Gatherings } from '../pacing/gatherings.js';

/** Most characters of the messages of one request: what the channels service appends in one step. */
export const CHARACTERS_PER_REQUEST = 256 * 1_024;
/** Most posts without an answer, and characters of their messages; above that, a post is refused with OVERLOADED. */
export const UNANSWERED = { posts: 10_000, characters: 16 * 1_024 * 1_024 };
/** Time after which a refused post may be repeated, in milliseconds, and the longest that it is told. */
const RETRY_AFTER_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/**
 * Sends the posts of this gateway's connections to the channels service, many in one request. On a Redis Cluster each
 * master has requests of its own, so that one that is away delays no channels of the others, and so has each partition. Each post is acknowledged as
 * soon as it is done, whatever the others of its request wait for. Bounded in number and size.
 */
@Injectable()
export class PostBatcher {
  private readonly gatherings: Gatherings<PostRequest, PostReply | Apart>;
  private readonly unanswered = { posts: 0, characters: 0 };
  private refusal: AppError | undefined;

  constructor(
    @Inject(clientOf('channels'))
    private readonly channels: Pick<
      ServiceClient<ChannelsContract>,
      'askEach' | 'deadlineMs' | 'partitionOf'
    >,
    @Inject(MASTER_OF) masterOf: MasterOf,
    private readonly backlog: Backlog,
  ) {
    this.gatherings = this.gather(masterOf);
  }

  /**
   * Stores a message.
   * @param arrivedAt when it came from its client, by `performance.now()`.
   * @throws AppError as the channels service does, and OVERLOADED when too many posts are without an answer, or have been answered
   * too late for too long.
   */
  async post(post: PostRequest, arrivedAt = performance.now()): Promise<PostReply> {
    const { posts, characters } = this.unanswered;
    if (posts >= UNANSWERED.posts || characters >= UNANSWERED.characters)
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    if (this.backlog.refuses(arrivedAt)) throw this.tooLate(Math.min(LONGEST_RETRY_MS, this.backlog.waitMs));
    this.count(1, post.message.length);
    const until = performance.now() + this.channels.deadlineMs;
    try {
      const outcome = await this.answered(post, arrivedAt);
      return isApart(outcome) ? await this.postApart(post, until) : outcome;
    } finally {
      this.count(-1, -post.message.length);
    }
  }

  /** One error refuses many posts: with one for each, stack traces took a tenth of the time of a gateway that refuses half. */
  private tooLate(retryAfterMs: number): AppError {
    if (this.refusal?.retryAfterMs !== retryAfterMs)
      this.refusal = new AppError('OVERLOADED', { retryAfterMs });
    return this.refusal;
  }

  /** What waits for a hook is no part of the backlog: it is late for a reason of its own. */
  private async answered(post: PostRequest, arrivedAt: number): Promise<PostReply | Apart> {
    this.backlog.begin();
    try {
      return await this.gatherings.request(post);
    } finally {
      this.backlog.end(arrivedAt);
    }
  }

  /** A post that waits for a hook is a request of its own, so that no other waits with it. */
  private postApart(post: PostRequest, until: number): Promise<PostReply> {
    const deadlineMs = Math.max(1, Math.ceil(until - performance.now()));
    return new Promise((resolve, reject) => {
      const take = (_: number, outcome: OutcomeOf<ChannelsContract, 'channels.postAll'> | AppError) =>
        'stored' in outcome ? resolve(outcome.stored) : reject(outcome);
      const options = { deadlineMs, isRepeatable: true, partitionBy: channelOf(post), count: 1, take };
      this.channels.askEach('channels.postAll', { posts: [post] }, options).catch(reject);
    });
  }

  private gather(masterOf: MasterOf): Gatherings<PostRequest, PostReply | Apart> {
    const placeOf = (post: PostRequest) => {
      const channel = channelOf(post);
      return `${this.channels.partitionOf(() => channel)} ${masterOf(channel)}`;
    };
    return new Gatherings(placeOf, {
      ask: (posts, deadlineMs, settle) =>
        this.channels.askEach(
          'channels.postAll',
          { posts, apart: true },
          {
            ...{ deadlineMs, isRepeatable: true, partitionBy: channelOf(posts[0]!), count: posts.length },
            take: (place, outcome) => settle(place, 'stored' in outcome ? outcome.stored : outcome),
          },
        ),
      deadlineMs: this.channels.deadlineMs,
      sizeOf: ({ message }) => message.length,
      sizePerRequest: CHARACTERS_PER_REQUEST,
    });
  }

  private count(posts: number, characters: number): void {
    this.unanswered.posts += posts;
    this.unanswered.characters += characters;
  }
}

const channelOf = ({ sender, target }: PostRequest): string => channelIdOf(sender.UUID, target);
