import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type {
  OutcomeOf,
  Part,
  ReplyOf,
  RequestTo,
  UsersContract,
  UsersExportContract,
} from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger, OperatorPattern } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { ContactsService, type ListRequest } from './contacts.service.js';

type Request<P extends keyof UsersContract> = RequestTo<UsersContract, P>;
type Reply<P extends keyof UsersContract> = Promise<ReplyOf<UsersContract, P>>;

/** The most contacts of one user in a reply, whatever is asked for. */
const CONTACTS_AT_ONCE = 1_000;

/** Answers the requests about contacts and blocked users. */
@Controller()
export class ContactsController {
  constructor(
    private readonly contacts: ContactsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('users.contacts')
  list(@Payload() request: Request<'users.contacts'>): Reply<'users.contacts'> {
    return this.contacts.page(request);
  }

  @MessagePattern('users.contactUUIDs')
  contactUUIDs(
    @Payload() { users, most, parts }: Request<'users.contactUUIDs'>,
  ): Observable<Part<OutcomeOf<UsersContract, 'users.contactUUIDs'>>> {
    const { logger } = this;
    return answerEach({ items: users, parts, logger }, async (user) => ({
      contacts: await this.contacts.newestOf(user, Math.min(most, CONTACTS_AT_ONCE)),
    }));
  }

  @MessagePattern('users.addContact')
  async add(
    @Payload() listed: Request<'users.addContact'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'users.addContact'> {
    await this.contacts.add('contacts', listed, requestOf(context));
    return {};
  }

  @MessagePattern('users.removeContact')
  async remove(
    @Payload() listed: Request<'users.removeContact'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'users.removeContact'> {
    await this.contacts.remove('contacts', listed, requestOf(context));
    return {};
  }

  @MessagePattern('users.listBlocked')
  async listBlocked(
    @Payload() listed: Request<'users.listBlocked'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'users.listBlocked'> {
    await this.contacts.add('blocked', listed, requestOf(context));
    return {};
  }

  @MessagePattern('users.unlistBlocked')
  async unlistBlocked(
    @Payload() listed: Request<'users.unlistBlocked'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'users.unlistBlocked'> {
    await this.contacts.remove('blocked', listed, requestOf(context));
    return {};
  }

  @MessagePattern('users.addContact', { lapsed: true })
  tellAdded(
    @Payload() listed: Request<'users.addContact'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    return this.contacts.tellAgain('contacts', listed, true, requestOf(context).key);
  }

  @MessagePattern('users.removeContact', { lapsed: true })
  tellRemoved(
    @Payload() listed: Request<'users.removeContact'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    return this.contacts.tellAgain('contacts', listed, false, requestOf(context).key);
  }

  @MessagePattern('users.listBlocked', { lapsed: true })
  tellBlocked(
    @Payload() listed: Request<'users.listBlocked'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    return this.contacts.tellAgain('blocked', listed, true, requestOf(context).key);
  }

  @MessagePattern('users.unlistBlocked', { lapsed: true })
  tellUnblocked(
    @Payload() listed: Request<'users.unlistBlocked'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    return this.contacts.tellAgain('blocked', listed, false, requestOf(context).key);
  }

  @OperatorPattern('users.contactsOf')
  async contactsOf(
    @Payload() request: RequestTo<UsersExportContract, 'users.contactsOf'>,
  ): Promise<ReplyOf<UsersExportContract, 'users.contactsOf'>> {
    const { contacts, blocked, cursor } = await this.contacts.page(request);
    return { contacts: contacts.map(identityOf), blocked: blocked.map(identityOf), cursor };
  }
}

/** Above the first try, another replica may have handled the request and died. */
const requestOf = (context: RedisTransportContext): ListRequest => ({
  isRepeated: context.getTry() > 1,
  key: context.getIdempotencyKey() ?? context.getRequestId(),
});

const identityOf = ({ UUID, Username }: { UUID: string; Username: string }) => ({ UUID, Username });
