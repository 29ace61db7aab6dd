import { Inject, Injectable } from '@nestjs/common';
import { type ChannelsContract, channelIdOf, type PostReply, type PostRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { MASTER_OF, type MasterOf } from '../delivery/masters.js';
import { Gathering } from '../pacing/gathering.js';

/** Most characters of the messages of one request: what the channels service appends in one step. */
export const CHARACTERS_PER_REQUEST = 256 * 1_024;
/** Most posts without an answer, and characters of their messages; above that, a post is refused with OVERLOADED. */
export const UNANSWERED = { posts: 10_000, characters: 16 * 1_024 * 1_024 };
/** Time after which a refused post may be repeated, in milliseconds. */
const RETRY_AFTER_MS = 200;

/**
 * Sends the posts of this gateway's connections to the channels service, many in one request. On a Redis Cluster each
 * master has requests of its own, so that one that is away delays no channels of the others. Each post is acknowledged as
 * soon as it is done, whatever the others of its request wait for. Bounded in number and size.
 */
@Injectable()
export class PostBatcher {
  private readonly gatherings = new Map<string, Gathering<PostRequest, PostReply>>();
  private readonly unanswered = { posts: 0, characters: 0 };

  constructor(
    @Inject(clientOf('channels'))
    private readonly channels: Pick<ServiceClient<ChannelsContract>, 'askEach' | 'deadlineMs'>,
    @Inject(MASTER_OF) private readonly masterOf: MasterOf,
  ) {}

  /**
   * Stores a message.
   * @throws AppError as the channels service does, and OVERLOADED when too many posts are without an answer.
   */
  async post(post: PostRequest): Promise<PostReply> {
    const { posts, characters } = this.unanswered;
    if (posts >= UNANSWERED.posts || characters >= UNANSWERED.characters)
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    this.count(1, post.message.length);
    try {
      return await this.gatheringFor(post).request(post);
    } finally {
      this.count(-1, -post.message.length);
    }
  }

  private gatheringFor({ sender, target }: PostRequest): Gathering<PostRequest, PostReply> {
    const master = this.masterOf(channelIdOf(sender.UUID, target));
    const gathering = this.gatherings.get(master) ?? this.newGathering();
    this.gatherings.set(master, gathering);
    return gathering;
  }

  private newGathering(): Gathering<PostRequest, PostReply> {
    return new Gathering({
      ask: (posts, deadlineMs, settle) =>
        this.channels.askEach(
          'channels.postAll',
          { posts },
          {
            ...{ deadlineMs, isRepeatable: true, count: posts.length },
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
