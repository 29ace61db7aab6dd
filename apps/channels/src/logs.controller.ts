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
    const all = asked.map((request) => this.logs.heads(request));
    return { heads: (await Promise.all(all)).map((heads) => heads.map((head) => head ?? null)) };
  }

  @MessagePattern('channels.check')
  async check(@Payload() { logs, epochs }: Request<'channels.check'>): Reply<'channels.check'> {
    return { heads: await this.logs.check(logs, epochs) };
  }

  @MessagePattern('channels.readLog')
  readLog(@Payload() { log, ...range }: Request<'channels.readLog'>): Reply<'channels.readLog'> {
    return this.logs.read(log, range);
  }

  @MessagePattern('channels.history')
  history(@Payload() request: Request<'channels.history'>): Reply<'channels.history'> {
    return this.logs.history(request);
  }

  @MessagePattern('channels.openInbox')
  openInbox(@Payload() { user, epoch }: Request<'channels.openInbox'>): Reply<'channels.openInbox'> {
    return this.logs.openInbox(user, epoch);
  }
}
