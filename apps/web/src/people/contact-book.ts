import type { ChatClient } from '@parley/client';
import type { User } from '@parley/protocol';
import { Store } from '../store.js';

/** The user's contacts, and whom the user has blocked. */
export interface Book {
  readonly contacts: readonly User[];
  readonly blocked: readonly User[];
}

interface Lists extends Book {
  readonly cursor?: string | undefined;
}

/** The two lists that a user keeps of others, as the server has them. */
export class ContactBook {
  readonly book = new Store<Book>({ contacts: [], blocked: [] });

  constructor(private readonly client: ChatClient) {
    client.on('inboxItem', ({ kind }) => {
      if (kind === 'contact') void this.load().catch(() => undefined); // the next change brings it
    });
  }

  async load(): Promise<void> {
    const lists: Lists[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.client.contacts.list(cursor ? { cursor } : {});
      lists.push(page);
      cursor = page.cursor;
    } while (cursor !== undefined);
    this.book.set({
      contacts: lists.flatMap(({ contacts }) => contacts),
      blocked: lists.flatMap(({ blocked }) => blocked),
    });
  }

  isContact = (userUUID: string): boolean => this.book.get().contacts.some(({ UUID }) => UUID === userUUID);

  isBlocked = (userUUID: string): boolean => this.book.get().blocked.some(({ UUID }) => UUID === userUUID);

  /** @throws ChatError USER_NOT_FOUND, LIMIT_REACHED. */
  async change(what: 'add' | 'remove' | 'block' | 'unblock', userUUID: string): Promise<void> {
    await this.client.contacts[what](userUUID);
    await this.load();
  }
}
