import { Inject } from '@nestjs/common';
import { type ChannelsContract, GENERAL_CHANNEL, type UsersContract } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { listedSessions } from '../../users/listed-sessions.js';
import type { Caller } from '../caller.js';
import { Asked, By, Operation, RestController } from '../operation.decorator.js';
import { ByKey } from './by-key.js';
import { accountOf } from './shown-account.js';

/** What is stored of an account, in parts whose size is bounded. */
@RestController()
export class ExportController {
  constructor(
    private readonly operators: ByKey,
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
  ) {}

  @Operation('exportAccount')
  async account(
    @Asked() { params: { userUUID } }: RestAsked<'exportAccount'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'exportAccount'>> {
    const account = await this.operators.read(by, 'getAccount', { userUUID });
    const { channels, groups } = await this.channels.ask('channels.ownChannels', { userUUID });
    const others = [GENERAL_CHANNEL, ...groups].map((channelUUID) => ({ channelUUID }));
    return {
      account: accountOf(account),
      sessions: listedSessions(account.sessions, undefined),
      channels: [...others, ...channels],
    };
  }

  @Operation('exportContacts')
  async contacts(
    @Asked()
    { params: { userUUID }, query: { cursor, limit = LIMITS.contactsPerPage } }: RestAsked<'exportContacts'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'exportContacts'>> {
    await this.operators.read(by, 'getAccount', { userUUID });
    const page = await this.users.ask('users.contacts', { userUUID, limit, cursor });
    return { contacts: [...page.contacts], blocked: [...page.blocked], cursor: page.cursor };
  }

  @Operation('exportMessages')
  async messages(
    @Asked() { params: { userUUID, channelUUID: named }, query: { cursor } }: RestAsked<'exportMessages'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'exportMessages'>> {
    await this.operators.read(by, 'getAccount', { userUUID });
    const channelUUID = named === 'general' ? GENERAL_CHANNEL : named;
    const request = { userUUID, channelUUID, after: cursor ?? 0 };
    const { messages, after } = await this.channels.ask('channels.ownMessages', request);
    return {
      channelUUID,
      messages: [...messages],
      ...(after !== undefined && { cursor: String(after) }),
    };
  }
}
