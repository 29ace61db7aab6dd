import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, Part, ReplyOf, RequestTo } from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { orApart } from './hooks/or-apart.js';
import { PostsService } from './posts.service.js';
import { deliveryOf } from './redis/delivery.js';

/** Maps the posts of {@link ChannelsContract} to calls. */
@Controller()
export class PostsController {
  constructor(
    private readonly posts: PostsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('channels.postAll')
  postAll(
    @Payload() { posts, parts, apart }: RequestTo<ChannelsContract, 'channels.postAll'>,
    @Ctx() context: RedisTransportContext,
  ): Observable<ReplyOf<ChannelsContract, 'channels.postAll'>> {
    const { logger } = this;
    const delivery = deliveryOf(context);
    return answerEach({ items: posts, parts, logger }, (post) =>
      orApart(async () => ({ stored: await this.posts.post(post, delivery, !apart) })),
    );
  }

  /** A replica that died may have stored the messages and not told their recipients. */
  @MessagePattern('channels.postAll', { lapsed: true })
  completeAll(@Payload() { posts }: RequestTo<ChannelsContract, 'channels.postAll'>): Observable<Part<void>> {
    return answerEach({ items: posts, logger: this.logger }, (post) => this.posts.complete(post));
  }
}
