import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { CONTACTS_CHANGED, type ContactsChanged } from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { InboxService } from '../inbox.service.js';
import { INBOX_BEHIND, INBOXES_BEHIND, type InboxBehind } from '../inbox-completion.js';
import { ContactItems } from './contact-items.js';

/** Maps the events that change inboxes to calls. */
@Controller()
export class InboxController {
  constructor(
    private readonly inboxes: InboxService,
    private readonly contacts: ContactItems,
  ) {}

  @EventPattern(INBOX_BEHIND, { from: 'channels' })
  async inboxBehind(@Payload() behind: InboxBehind): Promise<void> {
    await this.inboxes.complete(behind);
  }

  @EventPattern(INBOXES_BEHIND, { from: 'channels' })
  async inboxesBehind(@Payload() behind: InboxBehind): Promise<void> {
    await this.inboxes.complete(behind);
  }

  @EventPattern(CONTACTS_CHANGED, { from: 'users' })
  async contactsChanged(@Payload() changed: ContactsChanged, @Ctx() context: unknown): Promise<void> {
    await this.contacts.changed(changed, changed.key ?? (context as RedisTransportContext).getRequestId());
  }
}
