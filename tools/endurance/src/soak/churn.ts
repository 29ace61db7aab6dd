import { setTimeout as delay } from 'node:timers/promises';
import { type AnyFrame, TestClient } from '@parley/testing';

/** A user of the soak. They are the same from the beginning to the end: nothing may grow with the time alone. */
export interface SoakUser {
  readonly username: string;
  readonly userUUID: string;
}

const PASSWORD = 'a password of the soak';
const PATIENCE_MS = 20_000;
/** How many frames a connection sends before it leaves, and how long it waits between them, each up to this. */
const MOST_FRAMES = 30;
const MOST_PAUSE_MS = 800;
/** A killed process is back within a second or two: nobody tries without a pause. */
const AFTER_FAILURE_MS = 500;

const below = (most: number): number => Math.floor(Math.random() * most);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;

async function asUser(url: string, username: string): Promise<{ client: TestClient; answer: AnyFrame }> {
  const client = await TestClient.connect(url, { timeoutMs: PATIENCE_MS });
  const answer = await client.ask({ type: 'signIn', signIn: { username, password: PASSWORD } });
  if (answer.type === 'authorized') return { client, answer };
  client.socket.terminate();
  throw new Error(`signing in was answered with ${answer['error']?.name}`);
}

/** Signs all users up, and has each write to every channel that it will ever use: all permanent keys are there. */
export async function makeUsers(url: string, count: number): Promise<SoakUser[]> {
  const users: SoakUser[] = [];
  for (let n = 0; n < count; n += 1) {
    const username = `soak ${n}`;
    const { client, answer } = await asUser(url, username);
    users.push({ username, userUUID: answer['authorized'].userUUID as string });
    client.socket.terminate();
  }
  for (const [n, { username }] of users.entries()) {
    const { client } = await asUser(url, username);
    for (const target of targetsOf(users, n)) {
      await client.ask({ type: 'channelJoin', channelJoin: target });
      await client.ask({ type: 'channelMessage', channelMessage: { ...target, message: 'first' } });
    }
    client.socket.terminate();
  }
  return users;
}

/** The general channel, the user's notes, and the private channels with both neighbours. */
function targetsOf(users: readonly SoakUser[], n: number): object[] {
  const neighbours = [n, n + 1, n - 1 + users.length].map((each) => users[each % users.length]!.userUUID);
  return [{}, ...neighbours.map((recipientUUID) => ({ recipientUUID }))];
}

/** Connections that come, do something and go, over and over. */
export class Churn {
  /** What they did. */
  readonly counts = { connections: 0, frames: 0, failures: 0 };
  private isOver = false;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly urls: readonly string[],
    private readonly users: readonly SoakUser[],
    atOnce: number,
  ) {
    this.loops = Array.from({ length: atOnce }, () => this.comeAndGo());
  }

  /** Resolves when all have gone. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async comeAndGo(): Promise<void> {
    while (!this.isOver) {
      try {
        await this.visit();
      } catch {
        // Processes are killed meanwhile: any request may fail.
        this.counts.failures += 1;
        await delay(AFTER_FAILURE_MS);
      }
    }
  }

  private async visit(): Promise<void> {
    const n = below(this.users.length);
    const { client, answer } = await asUser(oneOf(this.urls), this.users[n]!.username);
    this.counts.connections += 1;
    try {
      for (let left = below(MOST_FRAMES); left > 0 && !this.isOver; left -= 1) {
        await client.ask(this.request(n, answer['authorized'].accessKey as string));
        this.counts.frames += 1;
        await delay(below(MOST_PAUSE_MS));
      }
    } finally {
      await leave(client);
    }
  }

  private request(n: number, accessKey: string): AnyFrame {
    const target = oneOf(targetsOf(this.users, n));
    const clientUUID = `soak ${Math.random()}`;
    const frames: Record<string, object> = {
      channelJoin: { ...target, limit: 10 },
      channelLeave: target,
      subscribe: target,
      unsubscribe: target,
      channelMessage: {
        ...target,
        message: 'x'.repeat(below(500) + 1),
        ...(below(2) === 0 && { clientUUID }),
      },
      channelMessages: { ...target, limit: 20 },
      inbox: {},
      users: { limit: 20 },
      resume: { accessKey },
      ping: {},
      signOut: {},
    };
    // Signing out ends what the connection can do: once in a while.
    const types = Object.keys(frames).filter((type) => type !== 'signOut' || below(5) === 0);
    const type = oneOf(types);
    return { type, [type]: frames[type] };
  }
}

/** A third says goodbye, a third is cut, and a third cuts itself in the middle of a request. */
async function leave(client: TestClient): Promise<void> {
  const how = below(3);
  if (how === 0) return client.close().catch(() => undefined);
  if (how === 1) client.send({ type: 'channelJoin' });
  await client.drop();
}

/** Ends every session of every user: what is left does not depend on who came last. */
export async function signAllOut(url: string, users: readonly SoakUser[]): Promise<void> {
  for (const { username } of users) {
    const { client } = await asUser(url, username);
    client.send({ type: 'sessionsEnd', sessionsEnd: { all: true } });
    await client.closed;
  }
}
