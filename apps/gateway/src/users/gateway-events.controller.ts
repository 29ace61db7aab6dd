import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import {
  ANNOUNCED,
  type Announcement,
  SESSION_ENDED,
  type SessionEnded,
  USERS_WENT_OFFLINE,
  type UsersWentOffline,
} from '@parley/contracts';
import { PresenceNews } from './presence-news.js';
import { Sessions } from './sessions.js';
import { SysBroadcast } from './sys-broadcast.js';

/** Events that other services send to every replica of the gateway. */
@Controller()
export class GatewayEventsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly news: PresenceNews,
    private readonly broadcast: SysBroadcast,
  ) {}

  @EventPattern(SESSION_ENDED, { broadcast: true, from: 'auth' })
  sessionEnded(@Payload() event: SessionEnded): void {
    this.sessions.sessionEnded(event);
  }

  /** Each replica receives it, so each tells its own connections. */
  @EventPattern(USERS_WENT_OFFLINE, { broadcast: true, from: 'users' })
  usersWentOffline(@Payload() { users, reach }: UsersWentOffline): void {
    for (const user of users) this.news.departedWithGateway(user, reach);
  }

  /** Each replica receives it, so each tells its own connections. */
  @EventPattern(ANNOUNCED, { broadcast: true, from: 'auth' })
  announced(@Payload() { text, at }: Announcement): void {
    this.broadcast.announce({ type: 'sys', sys: { type: 'announce', announce: { text, at } } });
  }
}
