import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, PostRequest, ReplyOf, RequestTo } from '@parley/contracts';
import { LOGGER, type Logger } from '@parley/service-kit';
import { answerEach } from './answer-each.js';
import { PostsService } from './posts.service.js';

/** Maps the posts of {@link ChannelsContract} to calls. */
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
    const post = async (each: PostRequest) => ({ stored: await this.posts.post(each) });
    return { outcomes: await answerEach(posts, post, this.logger) };
  }

  /** A replica that died may have stored the messages and not told their recipients. */
  @MessagePattern('channels.postAll', { lapsed: true })
  async completeAll(@Payload() { posts }: RequestTo<ChannelsContract, 'channels.postAll'>): Promise<void> {
    const complete = async (each: PostRequest) => this.posts.complete(each);
    await answerEach(posts, complete, this.logger);
  }
}
