import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, MessagePost, PostOutcome, ReplyOf, RequestTo } from '@parley/contracts';
import { LOGGER, type Logger, toKnownError } from '@parley/service-kit';
import { PostsService } from './posts.service.js';

/** Maps the posts of {@link ChannelsContract} to calls; each gets an answer or an error of its own. */
@Controller()
export class PostsController {
  constructor(
    private readonly posts: PostsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('channels.postAll')
  async postAll(
    @Payload() { posts }: RequestTo<ChannelsContract, 'channels.postAll'>,
  ): Promise<ReplyOf<ChannelsContract, 'channels.postAll'>> {
    return { outcomes: await Promise.all(posts.map((post) => this.post(post))) };
  }

  private async post(post: MessagePost): Promise<PostOutcome> {
    try {
      return { stored: await this.posts.post(post) };
    } catch (thrown) {
      const { name, message, retryAfterMs } = toKnownError(thrown, this.logger);
      return { error: { name, message, retryAfterMs } };
    }
  }
}
