import type { ChatClient, ClientState } from '@parley/client';
import type { ServerFrame, User } from '@parley/protocol';
import { Listening } from '../shared/listening.js';
import type { Running } from '../shared/shared.js';
import { Source } from '../shared/source.js';

/** A user, as far as the client has heard of one. */
export interface Person extends User {
  /** Whether the server has said that the user is online or not. A message alone says only who wrote it. */
  readonly isPresenceKnown: boolean;
}

/** Users by their UUID. A user of whom nothing is known is absent. */
export type KnownPeople = ReadonlyMap<string, Person>;

export interface PeopleOptions {
  /**
   * Reads one user; rejects if there is none. The server answers that over REST, as `GET /api/v1/users/{userUUID}`. Without it, those
   * are known whom a list or a message of the server has named.
   */
  readonly findUser?: (userUUID: string) => Promise<User>;
  /**
   * Reads the contacts by `client.contacts.list`, where the application needs them itself, so that they are read once. It may reject.
   * Without it, their first page is read.
   */
  readonly readContacts?: () => Promise<unknown>;
}

export const NOBODY_KNOWN: KnownPeople = new Map();

/** The most users who are remembered. The one heard of longest ago is forgotten first. */
const MOST_USERS = 10_000;
/** How many users are read as a list where single ones can be found besides. */
const ROLL = 500;
/** How many single users are read at once. */
const AT_ONCE = 8;

/**
 * Who is who, and who is online: what follows from each frame that says so, and from what is asked for those whom somebody wants to
 * know. They are read again with each connection, because what happened meanwhile is not told. Nobody is remembered beyond a session.
 */
export class People implements Running {
  readonly known = new Source(NOBODY_KNOWN);
  /** How often each user is wanted at the moment. */
  private readonly wanted = new Map<string, number>();
  /** Users of whom the server has said on this connection whether they are online. */
  private readonly current = new Set<string>();
  /** Users who were asked for on this connection, one by one. */
  private readonly tried = new Set<string>();
  /** How many want to know of everyone. */
  private wantAlls = 0;
  private isListed = false;
  private isReading = false;
  private readonly listening = new Listening(() => this.listen());

  constructor(
    private readonly client: ChatClient,
    private readonly options: PeopleOptions = {},
  ) {}

  /** Begins to listen to the client. May be called by several; each then calls `stop`. */
  start(): void {
    this.listening.start();
  }

  stop(): void {
    if (this.listening.stop()) this.forget();
  }

  get(userUUID: string): Person | undefined {
    return this.known.value.get(userUUID);
  }

  /** Takes over what a list of the application's own says of users now. */
  meet(...users: readonly User[]): void {
    // A user without a name has been deleted.
    const living = users.filter(({ Username }) => Username !== '');
    for (const { UUID } of living) this.current.add(UUID);
    this.note(living.map((user) => ({ ...user, isPresenceKnown: true })));
  }

  /** Takes over a name from an earlier time, such as that of a message's author, who may have left since. What is known counts more. */
  mention(user: User): void {
    const isNew = user.Username !== '' && this.get(user.UUID) === undefined;
    if (isNew) this.note([{ ...user, isPresenceKnown: false }]);
  }

  /** Reads one user, known or not. @returns nothing if there is none, or none can be read. */
  async find(userUUID: string): Promise<Person | undefined> {
    try {
      const user = await this.options.findUser?.(userUUID);
      if (user !== undefined) this.meet(user);
      return this.get(userUUID);
    } catch {
      return undefined;
    }
  }

  /** Somebody wants to know of these users. If one is unknown, it is asked for. @returns a function that ends that. */
  want(userUUIDs: readonly string[]): () => void {
    for (const uuid of userUUIDs) this.wanted.set(uuid, (this.wanted.get(uuid) ?? 0) + 1);
    void this.read();
    return () => {
      for (const uuid of userUUIDs) {
        const count = (this.wanted.get(uuid) ?? 1) - 1;
        if (count > 0) this.wanted.set(uuid, count);
        else this.wanted.delete(uuid);
      }
    };
  }

  /** Somebody wants to know of all users whom the server lists. @returns a function that ends that. */
  wantAll(): () => void {
    this.wantAlls += 1;
    void this.read();
    return () => {
      this.wantAlls -= 1;
    };
  }

  private listen(): (() => void)[] {
    return [
      this.client.on('frame', (frame) => this.meet(...this.newsIn(frame))),
      this.client.on('message', ({ message }) => this.mention(message.Sender)),
      this.client.on(
        'inboxItem',
        (item) => 'message' in item && item.message && this.mention(item.message.Sender),
      ),
      this.client.on('state', ({ state }) => this.sessionIs(state)),
    ];
  }

  /** Reads those who are wanted and unknown: by the lists of the server, once for each connection, and then one by one. */
  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    while (this.client.state === 'online') {
      const missing = this.missing();
      if (!this.isListed && (this.wantAlls > 0 || missing.length > 0)) await this.readLists();
      else if (missing.length > 0) await this.findAll(missing.slice(0, AT_ONCE));
      else break;
    }
    this.isReading = false;
  }

  private missing(): string[] {
    return [...this.wanted.keys()].filter((uuid) => !this.current.has(uuid) && !this.tried.has(uuid));
  }

  private async findAll(userUUIDs: readonly string[]): Promise<void> {
    for (const uuid of userUUIDs) this.tried.add(uuid);
    await Promise.all(userUUIDs.map((uuid) => this.find(uuid)));
  }

  /** Their answers are frames like others. Nothing is lost if they do not come. */
  private async readLists(): Promise<void> {
    this.isListed = true;
    const { findUser, readContacts = () => this.client.contacts.list() } = this.options;
    await Promise.allSettled([readContacts(), this.client.users(findUser && { limit: ROLL })]);
  }

  private sessionIs(state: ClientState): void {
    if (state === 'offline') this.forget();
    else if (state === 'online') void this.read();
    else this.outdate();
  }

  private outdate(): void {
    this.isListed = false;
    this.current.clear();
    this.tried.clear();
  }

  private forget(): void {
    this.outdate();
    this.known.set(NOBODY_KNOWN);
  }

  private note(users: readonly Person[]): void {
    const news = users.filter((user) => !isSame(this.get(user.UUID), user));
    if (news.length === 0) return;
    const known = new Map(this.known.value);
    for (const user of news) {
      known.delete(user.UUID);
      known.set(user.UUID, user);
    }
    for (const uuid of known.keys()) {
      if (known.size <= MOST_USERS) break;
      known.delete(uuid);
      this.current.delete(uuid);
    }
    this.known.set(known);
  }

  private newsIn(frame: ServerFrame): readonly User[] {
    switch (frame.type) {
      case 'users':
        return frame.users.users;
      case 'channelJoin':
        return frame.channelJoin.users;
      case 'channelMembers':
        return frame.channelMembers.members;
      case 'contacts':
        return [...frame.contacts.contacts, ...frame.contacts.blocked];
      case 'sys':
        if (frame.sys.type === 'signIn') return [this.userOf(frame.sys.signIn, true)];
        return frame.sys.type === 'signOut' ? [this.userOf(frame.sys.signOut, false)] : [];
      default:
        return [];
    }
  }

  /** The frame says less of the user than may be known. */
  private userOf({ uuid, username }: { uuid: string; username: string }, OnLine: boolean): User {
    return { ...this.get(uuid), UUID: uuid, Username: username, OnLine };
  }
}

const FIELDS = ['Username', 'OnLine', 'Name', 'Picture', 'bot', 'isPresenceKnown'] as const;

const isSame = (one: Person | undefined, other: Person): boolean =>
  one !== undefined && FIELDS.every((field) => one[field] === other[field]);
