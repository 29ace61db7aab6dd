import type { ChatClient, Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { Inbox, InboxView } from '@parley/react';
import { type Conversation, conversationOf } from './conversation.js';
import { type Place, placeIn, targetOf } from './place.js';

type Listed = InboxView['conversations'][number];

/** The user's conversations by their keys, the one with the newest message first. */
export interface ConversationList {
  readonly status: InboxView['status'];
  readonly all: ReadonlyMap<string, Conversation>;
}

/** Something that the user may want to be told. */
export type News =
  | { readonly kind: 'message'; readonly conversation: Conversation; readonly message: Message }
  | { readonly kind: 'invited' | 'removed'; readonly conversation: Conversation }
  /** The user may not write in a group, until then; without it, the user may again. */
  | { readonly kind: 'muted'; readonly conversation: Conversation; readonly until?: string | undefined };

/** The inbox by the addresses of this client, under the titles that it gives to conversations. */
export class Conversations {
  private readonly maps = new WeakMap<readonly Listed[], ReadonlyMap<string, Conversation>>();
  private readonly known = new WeakMap<Listed, Conversation>();

  constructor(
    private readonly client: ChatClient,
    private readonly inbox: Inbox,
    private readonly me: string,
  ) {}

  /** The same map, and the same conversations in it, as long as the inbox has the same. */
  all(listed: readonly Listed[]): ReadonlyMap<string, Conversation> {
    const known =
      this.maps.get(listed) ?? new Map(listed.map((each) => this.of(each)).map((each) => [each.key, each]));
    this.maps.set(listed, known);
    return known;
  }

  get(key: string): Conversation | undefined {
    const place = placeIn(key);
    return place && this.at(targetOf(place));
  }

  /** The conversation of a channel. */
  in(channelUUID: string): Conversation | undefined {
    return this.at({ channelUUID });
  }

  /** Puts a conversation on the list that the user has chosen. @returns whether there is such a thing. */
  async open(place: Place): Promise<boolean> {
    return (await this.inbox.open(targetOf(place))) !== undefined;
  }

  /** The user looks at the end of this conversation, or at none. */
  look(key: string | undefined): void {
    const place = key === undefined ? undefined : placeIn(key);
    this.inbox.look(place && targetOf(place));
  }

  /** Becomes a member of a public group. */
  async join(channelUUID: string): Promise<void> {
    await this.client.subscribe({ channelUUID });
    await this.inbox.open(channelUUID);
  }

  /** Calls `tell` with what the user may want to be told. */
  onNews(tell: (news: News) => void): void {
    this.inbox.onNews((news) => tell({ ...news, conversation: this.of(news.conversation) }));
    this.client.on('group', ({ news }) => {
      if (news.type !== 'channelMute' || news.channelMute.userUUID !== this.me) return;
      const conversation = this.in(news.channelMute.channelUUID);
      if (conversation) tell({ kind: 'muted', conversation, until: news.channelMute.mutedUntil });
    });
  }

  private at(target: Target): Conversation | undefined {
    const listed = this.inbox.find(target);
    return listed && this.of(listed);
  }

  private of(listed: Listed): Conversation {
    const conversation = this.known.get(listed) ?? conversationOf(listed, this.me);
    this.known.set(listed, conversation);
    return conversation;
  }
}
