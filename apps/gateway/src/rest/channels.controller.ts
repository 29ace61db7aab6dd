import { Inject } from '@nestjs/common';
import { type ChannelsContract, newGroupId } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from './caller.js';
import { Created } from './created.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { writeOnce } from './write-once.js';

/** Groups themselves: how they are made, read, changed and listed. */
@RestController()
export class ChannelsController {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @Operation('createChannel')
  async create(
    @Asked() { body: { name, private: isPrivate, topic = '' } }: RestAsked<'createChannel'>,
    @By() by: Caller,
  ): Promise<Created<RestAnswer<'createChannel'>>> {
    const request = { user: by.user, channelUUID: newGroupId(), name, topic, private: isPrivate };
    const { channel } = await writeOnce(this.channels, 'channels.createGroup', request, by.requestKey());
    return new Created(channel, `/channels/${channel.channelUUID}`);
  }

  @Operation('listChannels')
  async list(
    @Asked() { query: { scope, cursor, limit = LIMITS.channelsPerPage } }: RestAsked<'listChannels'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'listChannels'>> {
    const page = await this.channels.askPage('channels.listGroups', limit, (size) => ({
      ...{ user, scope, cursor, limit: size },
    }));
    return { channels: [...page.channels], cursor: page.cursor };
  }

  @Operation('getChannel')
  async get(
    @Asked() { params: { channelUUID } }: RestAsked<'getChannel'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'getChannel'>> {
    return (await this.channels.ask('channels.readGroup', { user, channelUUID })).channel;
  }

  @Operation('changeChannel')
  async change(
    @Asked() { params: { channelUUID }, body }: RestAsked<'changeChannel'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'changeChannel'>> {
    const request = { user: by.user, channelUUID, ...body };
    const { channel } = await writeOnce(this.channels, 'channels.setGroup', request, by.requestKey());
    return channel;
  }

  @Operation('listAudit')
  async audit(
    @Asked()
    {
      params: { channelUUID },
      query: { cursor, limit = LIMITS.auditEntriesPerPage },
    }: RestAsked<'listAudit'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'listAudit'>> {
    const page = await this.channels.askPage('channels.audit', limit, (size) => ({
      ...{ user, channelUUID, cursor, limit: size },
    }));
    return { channelUUID, entries: [...page.entries], cursor: page.cursor };
  }
}
