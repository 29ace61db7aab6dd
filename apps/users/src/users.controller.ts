import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  ACCOUNT_DELETED,
  type AccountDeleted,
  type DatedUser,
  type OutcomeOf,
  type Part,
  type PresentConnection,
  type ReplyOf,
  type RequestTo,
  type UsersContract,
} from '@parley/contracts';
import type { User } from '@parley/protocol';
import { answerEach, LOGGER, type Logger } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { ContactsService } from './contacts/contacts.service.js';
import { PresenceService } from './presence.service.js';
import { SearchService } from './search/search.service.js';
import { UsersService } from './users.service.js';

type Request<P extends keyof UsersContract> = RequestTo<UsersContract, P>;
type Outcome<P extends keyof UsersContract> = OutcomeOf<UsersContract, P>;
type Reply<P extends keyof UsersContract> = Promise<ReplyOf<UsersContract, P>>;

/** Answers the requests of the users contract, and hears of accounts that were deleted. */
@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly presence: PresenceService,
    private readonly contacts: ContactsService,
    private readonly search: SearchService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('users.register')
  async register(@Payload() user: Request<'users.register'>): Reply<'users.register'> {
    const registered = await this.users.register(user);
    await this.search.note(registered);
    return registered;
  }

  @MessagePattern('users.rename')
  rename(@Payload() user: Request<'users.rename'>): Reply<'users.rename'> {
    return this.users.rename(user);
  }

  @MessagePattern('users.setProfile')
  async setProfile(@Payload() profile: Request<'users.setProfile'>): Reply<'users.setProfile'> {
    await this.users.setProfile(profile);
    return {};
  }

  @MessagePattern('users.lookup')
  async lookup(@Payload() { UUIDs, dated, withProfiles }: Request<'users.lookup'>): Reply<'users.lookup'> {
    return this.datedIf(dated, { users: await this.users.lookup(UUIDs, withProfiles === true) });
  }

  @MessagePattern('users.lookupNames')
  async lookupNames(@Payload() { names }: Request<'users.lookupNames'>): Reply<'users.lookupNames'> {
    return { users: await this.users.lookupNames(names) };
  }

  @MessagePattern('users.list')
  list(@Payload() { offset, limit }: Request<'users.list'>): Reply<'users.list'> {
    return this.users.list(offset, limit);
  }

  @MessagePattern('users.page')
  async page(@Payload() { cursor, limit, dated }: Request<'users.page'>): Reply<'users.page'> {
    return this.datedIf(dated, await this.users.page(cursor, limit));
  }

  @MessagePattern('users.search')
  async find(@Payload() { prefix, cursor, limit, dated }: Request<'users.search'>): Reply<'users.search'> {
    return this.datedIf(dated, await this.search.search(prefix, cursor, limit));
  }

  @MessagePattern('users.connectAll')
  connectAll(
    @Payload() { connections, parts }: Request<'users.connectAll'>,
  ): Reply<'users.connectAll'> | Observable<Part<Outcome<'users.connectAll'>>> {
    if (!parts) return this.connectWholly(connections);
    return answerEach({ items: connections, parts, logger: this.logger }, async (each) => ({
      isFirst: await this.presence.connect(each),
      reach: await this.presence.reach(),
    }));
  }

  @MessagePattern('users.disconnectAll')
  disconnectAll(
    @Payload() { connections, parts }: Request<'users.disconnectAll'>,
  ): Reply<'users.disconnectAll'> | Observable<Part<Outcome<'users.disconnectAll'>>> {
    if (!parts) return this.disconnectWholly(connections);
    return answerEach({ items: connections, parts, logger: this.logger }, async (each) => ({
      isLast: await this.presence.disconnect(each),
      reach: await this.presence.reach(),
    }));
  }

  @MessagePattern('users.renewLease')
  renewLease(@Payload() { gatewayId }: Request<'users.renewLease'>): Reply<'users.renewLease'> {
    return this.presence.renewLease(gatewayId);
  }

  @MessagePattern('users.endLease')
  async endLease(@Payload() { gatewayId }: Request<'users.endLease'>): Reply<'users.endLease'> {
    await this.presence.endLease(gatewayId);
    return {};
  }

  @EventPattern(ACCOUNT_DELETED, { from: 'auth' })
  async accountDeleted(@Payload() { UUID }: AccountDeleted): Promise<void> {
    await this.search.forget(UUID);
    await this.users.forget(UUID);
    await this.contacts.forget(UUID);
  }

  /** A page of users, with the time at which each was made where that is asked for. */
  private async datedIf<Page extends { readonly users: readonly User[] }>(
    isDated: true | undefined,
    page: Page,
  ): Promise<Omit<Page, 'users'> & { readonly users: readonly DatedUser[] }> {
    return isDated ? { ...page, users: await this.users.dated(page.users) } : page;
  }

  /** The answer to a gateway of the release before, for one release longer: an item that fails is the failure of all. */
  private async connectWholly(connections: readonly PresentConnection[]): Reply<'users.connectAll'> {
    const firsts = await Promise.all(connections.map((each) => this.presence.connect(each)));
    return { firsts, reach: await this.presence.reach() };
  }

  /** As `connectWholly`. */
  private async disconnectWholly(connections: readonly PresentConnection[]): Reply<'users.disconnectAll'> {
    const lasts = await Promise.all(connections.map((each) => this.presence.disconnect(each)));
    return { lasts, reach: await this.presence.reach() };
  }
}
