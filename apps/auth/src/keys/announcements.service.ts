import { Inject, Injectable } from '@nestjs/common';
import { ANNOUNCED, type Announcement } from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';

/** Tells something to everybody who is signed in. */
@Injectable()
export class AnnouncementsService {
  constructor(@Inject(EventPublisher) private readonly events: Events) {}

  async announce(text: string): Promise<Announcement> {
    const announcement: Announcement = { text, at: new Date().toISOString() };
    await this.events.publish(ANNOUNCED, announcement);
    return announcement;
  }
}
