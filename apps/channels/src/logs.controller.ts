import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { LogsService } from './logs.service.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Maps the requests of {@link ChannelsContract} that read logs to calls. */
@Controller()
export class LogsController {
  constructor(private readonly logs: LogsService) {}

  @MessagePattern('channels.open')
  open(@Payload() { user, target }: Request<'channels.open'>): Reply<'channels.open'> {
    return this.logs.open(user, target);
  }

  @MessagePattern('channels.headsAll')
  async headsAll(@Payload() { asked }: Request<'channels.headsAll'>): Reply<'channels.headsAll'> {
    const all = asked.map(({ user, channelUUIDs }) => this.logs.heads(user, channelUUIDs));
    return { heads: (await Promise.all(all)).map((heads) => heads.map((head) => head ?? null)) };
  }

  @MessagePattern('channels.check')
  async check(@Payload() { logs }: Request<'channels.check'>): Reply<'channels.check'> {
    const heads = await this.logs.check(logs);
    return { heads: heads.map((head) => head ?? null) };
  }

  @MessagePattern('channels.readLog')
  readLog(@Payload() { log, after, upTo }: Request<'channels.readLog'>): Reply<'channels.readLog'> {
    return this.logs.read(log, after, upTo);
  }

  @MessagePattern('channels.history')
  history(@Payload() request: Request<'channels.history'>): Reply<'channels.history'> {
    return this.logs.history(request);
  }

  @MessagePattern('channels.openInbox')
  openInbox(@Payload() { user }: Request<'channels.openInbox'>): Reply<'channels.openInbox'> {
    return this.logs.openInbox(user);
  }
}
