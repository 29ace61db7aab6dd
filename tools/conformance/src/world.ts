import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { violations } from './invariants.js';
import { type Account, type Frame, Peer, type PeerOptions } from './peer.js';

/** A signed-in connection and whose it is. */
export interface Member extends Account {
  readonly peer: Peer;
}

export interface WorldOptions {
  /** One or several addresses of the same server. */
  readonly urls: readonly string[];
  /** Longest wait for any frame, in milliseconds. */
  readonly timeoutMs: number;
}

type ConnectOptions = Omit<PeerOptions, 'timeoutMs'> & { readonly url?: string };

/**
 * What one check works with: connections and accounts of its own, for others use the server at the same
 * time. Names are random; nothing may be concluded from what belongs to others.
 */
export class World {
  readonly url: string;
  /** Another replica where several URLs were given. */
  readonly otherUrl: string;
  readonly timeoutMs: number;
  private readonly peers: Peer[] = [];
  private readonly secrets = new Set<string>();

  constructor({ urls, timeoutMs }: WorldOptions) {
    this.url = urls[0]!;
    this.otherUrl = urls[1] ?? this.url;
    this.timeoutMs = timeoutMs;
  }

  /** A new connection after its `ready`. */
  async connect({ url = this.url, ...options }: ConnectOptions = {}): Promise<Peer> {
    const peer = await Peer.connect(url, { ...options, timeoutMs: this.timeoutMs });
    this.peers.push(peer);
    return peer;
  }

  /** A username that nobody has. */
  newName(): string {
    return `check-${randomBytes(6).toString('hex')}`;
  }

  /** A password that is looked for in every frame when the check ends. */
  newPassword(): string {
    return this.secret(`pw-${randomUUID()}`);
  }

  /** Remembers something that no frame may carry. */
  secret(text: string): string {
    this.secrets.add(text);
    return text;
  }

  /** A new user on a new connection. */
  async join(options: ConnectOptions & { readonly username?: string } = {}): Promise<Member> {
    const { username = this.newName(), ...rest } = options;
    return this.signUpOn(await this.connect(rest), username);
  }

  /** So many new users, by turns on each URL; a few at a time, for each costs the server a password hash. */
  async joinMany(count: number, atOnce = 4): Promise<Member[]> {
    const urls = Array.from({ length: count }, (_, index) => (index % 2 ? this.otherUrl : this.url));
    return pLimit(atOnce).map(urls, (url) => this.join({ url }));
  }

  /** Signs a new user up on a connection that is there. */
  async signUpOn(peer: Peer, username = this.newName()): Promise<Member> {
    const password = this.newPassword();
    const answer = await peer.ask({ type: 'signUp', signUp: { username, password } });
    return this.member(peer, { username, password }, answer);
  }

  /** Another session of the same user on a new connection. */
  async signInAgain(account: Account, options: ConnectOptions = {}): Promise<Member> {
    const peer = await this.connect(options);
    const { username, password } = account;
    const answer = await peer.ask({ type: 'signIn', signIn: { username, password } });
    return this.member(peer, { username, password }, answer);
  }

  /** Another connection of the same session, signed in by its pair. */
  async enter(account: Account, options: ConnectOptions = {}): Promise<Member> {
    const peer = await this.connect(options);
    const { username, password, userUUID, accessKey } = account;
    const answer = await peer.ask({ type: 'users', users: { limit: 1 }, ...pairOf(account) });
    assert.equal(answer.type, 'users', `the pair should sign in: ${show(answer)}`);
    return { peer, username, password, userUUID, accessKey };
  }

  /**
   * Resolves when all that was published before has come to these signed-in connections: a fresh user
   * signs in, and what `sys` tells everyone of it comes behind it in the same stream. So what a connection
   * has not got by now was not sent to it.
   */
  async curtain(...members: readonly Member[]): Promise<void> {
    const { userUUID } = await this.join();
    await Promise.all(
      members.map(async ({ peer }) => {
        await peer.next((frame) => frame.sys?.signIn?.uuid === userUUID, 'sys signIn of a new user');
        await peer.fence();
      }),
    );
  }

  /** Asks until the answer is as wanted, for what other replicas learn a moment later. */
  async until(peer: Peer, frame: Frame, wanted: (answer: Frame) => boolean): Promise<Frame> {
    const deadline = performance.now() + this.timeoutMs;
    for (;;) {
      const answer = await peer.ask(frame);
      if (wanted(answer)) return answer;
      assert.ok(performance.now() < deadline, `the answer stays ${show(answer)}`);
    }
  }

  private member(peer: Peer, named: { username: string; password: string }, answer: Frame): Member {
    const { userUUID, accessKey } = authorizedOf(answer);
    this.secret(accessKey);
    return { peer, ...named, userUUID, accessKey };
  }

  /** An address of this machine that nobody else connects from, where the server is on it too. */
  ownLoopbackAddress(): string | undefined {
    const { hostname } = new URL(this.url);
    const loopback = hostname === '127.0.0.1' || hostname === 'localhost';
    // Linux answers for all of 127.0.0.0/8; others would have to set up each address first.
    if (!loopback || process.platform !== 'linux') return undefined;
    return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  }

  /** Checks what holds for every frame of every connection. */
  verify(): void {
    const faults = this.peers.flatMap((peer) => violations(peer, this.secrets));
    assert.deepEqual(faults, []);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    await Promise.all(this.peers.map((peer) => peer.closed));
  }
}

/** The fields by which a session signs another connection in. */
export const pairOf = ({ userUUID, accessKey }: Account) => ({ userUUID, userAccessKey: accessKey });

/** The payload of an `authorized` frame; fails when it is another one. */
export function authorizedOf(frame: Frame): { userUUID: string; accessKey: string } {
  assert.equal(frame.type, 'authorized', `expected authorized, got ${show(frame)}`);
  return frame.authorized;
}

/** A frame for a failure's message. */
export const show = (frame: unknown): string => JSON.stringify(frame).slice(0, 300);
