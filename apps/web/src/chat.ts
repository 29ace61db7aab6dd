import type { ChatClient } from '@parley/client';
import type { User } from '@parley/protocol';
import { Inbox, People } from '@parley/react';
import { notifyOf } from './account/notifier.js';
import type { Preferences } from './account/preferences.js';
import type { Api } from './api.js';
import { renameEarlier } from './composer/earlier-keys.js';
import { Conversations, type News } from './conversations/conversations.js';
import { momentOf } from './messages/timeline.js';
import { Notices } from './notices.js';
import { ContactBook } from './people/contact-book.js';
import type { KeyValues } from './storage.js';

/** What a signed-in page works with. */
export interface ChatParts {
  readonly client: ChatClient;
  readonly api: Api;
  readonly me: User;
  readonly preferences: Preferences;
  readonly storage: KeyValues | undefined;
}

/** Everything that one signed-in user sees, from the sign-in to its end. */
export class Chat {
  readonly client: ChatClient;
  readonly api: Api;
  readonly me: User;
  readonly preferences: Preferences;
  readonly notices = new Notices();
  readonly people: People;
  readonly contacts: ContactBook;
  readonly inbox: Inbox;
  /** Where what the user writes outlives the page. */
  readonly storage: KeyValues | undefined;
  readonly conversations: Conversations;

  constructor(parts: ChatParts) {
    const { client, api, me, preferences, storage } = parts;
    this.client = client;
    this.api = api;
    this.me = me;
    this.preferences = preferences;
    this.contacts = new ContactBook(client);
    this.people = new People(client, {
      findUser: (userUUID) => api.user(userUUID),
      readContacts: () => this.contacts.load().catch(this.notices.fail),
    });
    this.storage = storage;
    renameEarlier(storage, me.UUID);
    const findGroup = (channelUUID: string) => api.group(channelUUID);
    this.inbox = new Inbox(client, { followsAll: true, storage, findGroup, people: this.people });
    this.conversations = new Conversations(client, this.inbox, me.UUID);
    this.conversations.onNews((news) => this.tell(news));
  }

  /** Reads everything that the page shows. @param isNewcomer the account was made just now. */
  async start(isNewcomer: boolean): Promise<void> {
    this.people.start();
    this.people.meet({ ...this.me, OnLine: true });
    if (isNewcomer) this.readGeneral();
    await this.inbox.start();
    this.people.wantAll();
  }

  /** What was said before the user came does not count as unread. */
  private readGeneral(): void {
    const off = this.inbox.view.subscribe(() => {
      if (this.inbox.find('') === undefined) return;
      off();
      this.inbox.markRead('');
    });
  }

  private tell(news: News): void {
    notifyOf(news, this.me.UUID, this.preferences);
    if (news.kind === 'invited') this.notices.tell(`You are now a member of ${news.conversation.title}.`);
    if (news.kind === 'removed')
      this.notices.tell(`You are no longer a member of ${news.conversation.title}.`);
    if (news.kind === 'muted')
      this.notices.tell(
        news.until
          ? `You are muted in ${news.conversation.title} until ${momentOf(news.until)}.`
          : `You may write in ${news.conversation.title} again.`,
      );
    if (news.kind !== 'message') return;
    const { conversation, message } = news;
    const where = conversation.place.kind === 'private' ? '' : ` in ${conversation.title}`;
    this.notices.say(`${message.Sender.Username}${where}: ${message.Message}`);
  }
}
