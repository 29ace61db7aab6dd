import type { ChatClient } from '@parley/client';
import type { User } from '@parley/protocol';
import type { Api } from '../api.js';
import { Store } from '../store.js';

/** Users by their UUID. */
export type KnownPeople = ReadonlyMap<string, User>;

/** How many users are read at once to learn who is online. */
const ROLL = 500;
/** The most users who are remembered; those who were met first are forgotten first. */
const MOST = 5_000;

/** Whom this page has met, by what name, and whether they are online. Presence is known by sys frames, and read again with each connection. */
export class People {
  readonly known = new Store<KnownPeople>(new Map());

  constructor(
    private readonly client: ChatClient,
    private readonly api: Api,
  ) {
    client.on('sys', ({ sys }) => {
      if (sys.type === 'signIn') this.meet(userOf(sys.signIn, true));
      if (sys.type === 'signOut') this.meet(userOf(sys.signOut, false));
    });
  }

  get(userUUID: string): User | undefined {
    return this.known.get().get(userUUID);
  }

  /** What somebody's list says about them now. */
  meet(...users: readonly User[]): void {
    const news = users.filter((user) => user.Username !== '' && !isSame(this.get(user.UUID), user));
    if (news.length === 0) return;
    this.known.update((now) => {
      const people = new Map(now);
      for (const user of news) people.set(user.UUID, user);
      for (const oldest of people.keys()) {
        if (people.size <= MOST) break;
        people.delete(oldest);
      }
      return people;
    });
  }

  /** What a message says about its author, who may have left since. */
  mention(user: User): void {
    if (!this.known.get().has(user.UUID)) this.meet(user);
  }

  /** Reads who is online, and how those are whom the page shows besides. */
  async refresh(shown: readonly string[]): Promise<void> {
    const { users } = await this.client.users({ limit: ROLL });
    this.meet(...users);
    const read = new Set(users.map(({ UUID }) => UUID));
    await Promise.all(shown.filter((each) => !read.has(each)).map((each) => this.find(each)));
  }

  /** @returns the user, or undefined if there is none. */
  async find(userUUID: string): Promise<User | undefined> {
    try {
      const user = await this.api.user(userUUID);
      this.meet(user);
      return user;
    } catch {
      return undefined;
    }
  }

  async search(prefix: string): Promise<readonly User[]> {
    const users = await this.api.search(prefix, 20);
    this.meet(...users);
    return users;
  }
}

const userOf = ({ uuid, username }: { uuid: string; username: string }, OnLine: boolean): User => ({
  ...{ UUID: uuid, Username: username, OnLine },
});

const isSame = (one: User | undefined, other: User): boolean =>
  one?.Username === other.Username && one.OnLine === other.OnLine;
