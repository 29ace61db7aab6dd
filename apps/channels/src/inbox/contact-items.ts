import { Injectable } from '@nestjs/common';
import { type ContactsChanged, privateChannel } from '@parley/contracts';
import { BlocksRepository } from '../blocks/blocks.repository.js';
import { InboxService } from '../inbox.service.js';

/** The items that changes of contacts and blocks make. */
@Injectable()
export class ContactItems {
  constructor(
    private readonly inboxes: InboxService,
    private readonly blocks: BlocksRepository,
  ) {}

  /**
   * Tells the user's own connections of a change, once per request. Who was added as a contact is told too, unless one of the two blocks
   * the other: once for as long as the inbox remembers it, however often that user is removed and added again. Nobody else learns of
   * anything. May be repeated. Rejects with Redis's error where an item is neither stored nor certain to be.
   */
  async changed({ userUUID: by, otherUUID, change }: ContactsChanged, key: string): Promise<void> {
    const told = { kind: 'contact', by, userUUID: otherUUID, change } as const;
    await this.inboxes.tellAll({
      ...{ channelUUID: '', told: { ...told, key }, recipients: [{ userUUID: by }] },
    });
    if (change !== 'contactAdd') return;
    if ((await this.blocks.refusalOf(privateChannel(by, otherUUID), otherUUID)) !== undefined) return;
    await this.inboxes.tellAll({
      ...{ channelUUID: '', told: { ...told, key: `of ${by}` }, recipients: [{ userUUID: otherUUID }] },
    });
  }
}
