import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ReplyOf, RequestTo, UserEvent, UserEventsContract } from '@parley/contracts';
import { DIRECTORY, type Directory } from '../directory/directory.js';
import { UserEventKinds } from './user-event-kinds.js';
import { type ToldPage, UserEventsRepository } from './user-events.repository.js';

type Request<P extends keyof UserEventsContract> = RequestTo<UserEventsContract, P>;
type Reply<P extends keyof UserEventsContract> = Promise<ReplyOf<UserEventsContract, P>>;

const NOTHING: ToldPage = { events: [], isFull: false };

/** Hands on what has happened to users. */
@Controller()
export class UserEventsController {
  constructor(
    private readonly kinds: UserEventKinds,
    private readonly events: UserEventsRepository,
    @Inject(DIRECTORY) private readonly directory: Pick<Directory, 'find'>,
  ) {}

  /**
   * Presence is read first and told last: an account that somebody has signed in to was made before that, so it is among those that
   * are read then. While there are more of those than one answer has, presence waits.
   */
  @MessagePattern('users.userEvents')
  async userEvents(@Payload() { kinds, after }: Request<'users.userEvents'>): Reply<'users.userEvents'> {
    await this.kinds.ask(kinds);
    const presence = kinds.includes('user') ? await this.events.ofPresence(after) : NOTHING;
    const asksForAccounts = kinds.includes('account') || kinds.includes('session');
    const accounts = asksForAccounts ? await this.events.ofAccounts(after) : NOTHING;
    const told = accounts.isFull ? accounts.events : [...accounts.events, ...presence.events];
    return { events: await this.named(told), more: accounts.isFull || presence.isFull };
  }

  @MessagePattern('users.userEventKinds')
  async userEventKinds(): Reply<'users.userEventKinds'> {
    return { kinds: await this.kinds.wanted() };
  }

  @MessagePattern('users.noteUserEvents')
  async noteUserEvents(
    @Payload() { events }: Request<'users.noteUserEvents'>,
  ): Reply<'users.noteUserEvents'> {
    await this.events.note(events);
    return {};
  }

  /** With the present name of each user whose name the event does not say. */
  private async named(events: readonly UserEvent[]): Promise<UserEvent[]> {
    const nameless = events.filter(({ user }) => user.Username === undefined).map(({ user }) => user.UUID);
    const found = await this.directory.find([...new Set(nameless)]);
    const names = new Map(found.flatMap((user) => (user ? [[user.UUID, user.Username] as const] : [])));
    return events.map((event) => {
      const { UUID, Username = names.get(UUID) } = event.user;
      return { ...event, user: { UUID, Username } };
    });
  }
}
