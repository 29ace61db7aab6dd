import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { UserDirectory } from '../user-directory.js';
import { USER_GONE, type UserGone } from './purge.service.js';

/** Maps what is heard of purges to calls. */
@Controller()
export class PurgeController {
  constructor(private readonly directory: UserDirectory) {}

  @EventPattern(USER_GONE, { broadcast: true })
  userGone(@Payload() { userUUID }: UserGone): void {
    this.directory.forget(userUUID);
  }
}
