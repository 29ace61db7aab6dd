import type { ChatClient } from '@parley/client';
import type { ServerFrame, User } from '@parley/protocol';
import type { Running } from './shared/shared.js';
import { Source } from './shared/source.js';

/** Who is online, by user. A user of whom nothing is known is absent. */
export type PresenceView = ReadonlyMap<string, boolean>;

export const NOTHING_KNOWN: PresenceView = new Map();

/** The most users whose presence is remembered. The one heard of longest ago is forgotten first. */
const MOST_USERS = 10_000;

/** What follows from each frame that says who is online: lists of users, and who comes and goes. */
export class Presence implements Running {
  readonly view = new Source(NOTHING_KNOWN);
  private offs: (() => void)[] = [];
  /** The users who were asked for, as far as a list may hold them. */
  private isListed = false;

  constructor(private readonly client: ChatClient) {}

  start(): void {
    this.offs = [
      this.client.on('frame', (frame) => this.note(frame)),
      this.client.on('state', ({ state }) => {
        // What happened meanwhile is not told again.
        if (state !== 'online') this.isListed = false;
        if (state === 'offline') this.view.set(NOTHING_KNOWN);
        else if (state === 'online' && this.view.value.size > 0) this.list();
      }),
    ];
  }

  stop(): void {
    for (const off of this.offs) off();
    this.offs = [];
  }

  /** Somebody wants to know of these users. If one is unknown, the lists of the server are read, once for each connection. */
  want(userUUIDs: readonly string[]): void {
    if (userUUIDs.some((uuid) => !this.view.value.has(uuid))) this.list();
  }

  private list(): void {
    if (this.isListed || this.client.state === 'offline') return;
    this.isListed = true;
    // Their answers are frames like others. Nothing is lost if they do not come.
    this.client.contacts.list().catch(() => undefined);
    this.client.users().catch(() => undefined);
  }

  private note(frame: ServerFrame): void {
    const news = newsIn(frame);
    const { value } = this.view;
    if (news.every(([uuid, isOnline]) => value.get(uuid) === isOnline)) return;
    const known = new Map(value);
    for (const [uuid, isOnline] of news) {
      known.delete(uuid);
      known.set(uuid, isOnline);
    }
    for (const uuid of known.keys()) {
      if (known.size <= MOST_USERS) break;
      known.delete(uuid);
    }
    this.view.set(known);
  }
}

const stateOf = ({ UUID, OnLine }: User): [string, boolean] => [UUID, OnLine];

function newsIn(frame: ServerFrame): [string, boolean][] {
  switch (frame.type) {
    case 'users':
      return frame.users.users.map(stateOf);
    case 'channelJoin':
      return frame.channelJoin.users.map(stateOf);
    case 'channelMembers':
      return frame.channelMembers.members.map(stateOf);
    case 'contacts':
      return [...frame.contacts.contacts, ...frame.contacts.blocked].map(stateOf);
    case 'sys':
      if (frame.sys.type === 'signIn') return [[frame.sys.signIn.uuid, true]];
      return frame.sys.type === 'signOut' ? [[frame.sys.signOut.uuid, false]] : [];
    default:
      return [];
  }
}
