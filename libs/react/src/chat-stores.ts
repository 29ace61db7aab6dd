import type { ChatClient } from '@parley/client';
import { Drafts } from './composer/drafts.js';
import { Connection } from './connection.js';
import { Inbox } from './inbox/inbox.js';
import type { ChatStorage } from './kept.js';
import { Feed } from './messages/feed.js';
import { Outgoing } from './messages/outgoing.js';
import { Typing } from './messages/typing.js';
import { People } from './people/people.js';
import { Shared } from './shared/shared.js';

export interface StoreOptions {
  /** How many messages a list holds. The rest is loaded as needed. Default 500. */
  readonly windowSize?: number;
  /**
   * How many more messages a list may hold until `trim` is called. Default 0: a list is never longer than `windowSize`. A list that
   * draws only what is on the screen keeps its place more easily if nothing is removed while it moves.
   */
  readonly slackSize?: number;
  /** How many messages are loaded at once, 1 to 100. Default 50. */
  readonly pageSize?: number;
  /** How long a channel is still followed once it is no longer shown, in ms, so that a look elsewhere loads nothing again. Default 30,000. */
  readonly lingerMs?: number;
  /** Whether channels stay subscribed once they are no longer shown, for an application that follows them all itself. Default false. */
  readonly keepsSubscriptions?: boolean;
  /**
   * Keeps drafts, messages that are not sent yet, and the partners of private conversations when the page is closed, separately for each
   * user. None by default.
   */
  readonly storage?: ChatStorage;
  /** Whom the hooks know. The application makes it, if it uses it outside of components too, or can find single users. */
  readonly people?: People;
  /** The list of conversations. The application makes it, if it uses it outside of components too, or has options for it. */
  readonly inbox?: Inbox;
}

/** All that the hooks share for one client. */
export class ChatStores {
  readonly feeds: Shared<Feed>;
  readonly inbox: Shared<Inbox>;
  readonly connection: Shared<Connection>;
  readonly people: Shared<People>;
  readonly typing: Shared<Typing>;
  readonly outgoing: Outgoing;
  readonly drafts: Drafts;

  constructor(
    readonly client: ChatClient,
    more: StoreOptions = {},
  ) {
    const { windowSize = 500, slackSize = 0, pageSize = 50, lingerMs = 30_000 } = more;
    const { keepsSubscriptions = false, storage, people = new People(client) } = more;
    const { inbox = new Inbox(client, { people, storage }) } = more;
    this.outgoing = new Outgoing(client, storage);
    this.drafts = new Drafts(client, storage);
    const options = { windowSize, slackSize, pageSize, keepsSubscriptions };
    this.feeds = new Shared((key) => new Feed(client, key, this.outgoing, options), lingerMs);
    this.inbox = new Shared(() => inbox, lingerMs);
    this.connection = new Shared(() => new Connection(client), 0);
    this.people = new Shared(() => people, lingerMs);
    this.typing = new Shared(() => new Typing(client), lingerMs);
  }
}
