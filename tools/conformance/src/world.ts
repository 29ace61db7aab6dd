import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { violations } from './invariants.js';
import { NotApplicable } from './not-applicable.js';
import { type Account, type Frame, Peer, type PeerOptions } from './peer.js';
import type { TokenMaker } from './token-maker.js';

/** A signed-in connection and its account. */
export interface Member extends Account {
  readonly peer: Peer;
}

export interface WorldOptions {
  /** One or more addresses of the same server. */
  readonly urls: readonly string[];
  /** The longest wait for any frame, in ms. */
  readonly timeoutMs: number;
  /** Makes tokens that the server takes. */
  readonly tokens?: TokenMaker | undefined;
  /** Finds further faults in what a connection has sent and received. */
  readonly examine?: Examine | undefined;
}

/** What is wrong with what a connection has sent and received. */
export type Examine = (peer: Peer) => readonly string[];

/** Why the checks of tokens do not apply. */
export const NO_TOKENS = 'there is no secret to sign tokens with';

type ConnectOptions = Omit<PeerOptions, 'timeoutMs'> & { readonly url?: string };

/**
 * The connections and accounts of one check. Others use the server at the same time, so names are random, and a check
 * must conclude nothing from what belongs to others.
 */
export class World {
  readonly url: string;
  /** Another replica, if several URLs were given. */
  readonly otherUrl: string;
  readonly timeoutMs: number;
  private readonly tokens: TokenMaker | undefined;
  private readonly examine: Examine;
  private readonly peers: Peer[] = [];
  private readonly secrets = new Set<string>();

  constructor({ urls, timeoutMs, tokens, examine = () => [] }: WorldOptions) {
    this.tokens = tokens;
    this.examine = examine;
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

  /** A password that every frame is searched for when the check ends. */
  newPassword(): string {
    return this.secret(`pw-${randomUUID()}`);
  }

  /** A token of a subject, which every frame is searched for when the check ends. @throws NotApplicable where none can be made. */
  token(sub: string, claims: object = {}): string {
    if (this.tokens === undefined) throw new NotApplicable(NO_TOKENS);
    return this.secret(this.tokens(sub, claims));
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

  /**
   * `count` new users, spread over the URLs. Only a few are created at a time, because each costs the server a
   * password hash.
   */
  async joinMany(count: number, atOnce = 4): Promise<Member[]> {
    const urls = Array.from({ length: count }, (_, index) => (index % 2 ? this.otherUrl : this.url));
    return pLimit(atOnce).map(urls, (url) => this.join({ url }));
  }

  /** Signs up a new user on an existing connection. */
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
  async signInByPair(account: Account, options: ConnectOptions = {}): Promise<Member> {
    const peer = await this.connect(options);
    const { username, password, userUUID, accessKey } = account;
    const answer = await peer.ask({ type: 'users', users: { limit: 1 }, ...pairOf(account) });
    assert.equal(answer.type, 'users', `the pair should sign in: ${show(answer)}`);
    return { peer, username, password, userUUID, accessKey };
  }

  /**
   * Resolves when everything published earlier has reached these signed-in connections. A fresh user signs in, and
   * the `sys` that tells everyone follows the earlier frames in the same stream. What a connection has not received
   * by then was not sent to it.
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

  /** Asks until the answer satisfies `wanted`, because other replicas learn of changes a moment later. */
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

  /** An address of this machine that nobody else connects from, if the server runs on this machine too. */
  ownLoopbackAddress(): string | undefined {
    const { hostname } = new URL(this.url);
    const loopback = hostname === '127.0.0.1' || hostname === 'localhost';
    // Linux answers on all of 127.0.0.0/8. Other systems would have to set up each address first.
    if (!loopback || process.platform !== 'linux') return undefined;
    return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  }

  /** Checks what holds for every frame of every connection. */
  verify(): void {
    const faults = this.peers.flatMap((peer) => [...violations(peer, this.secrets), ...this.examine(peer)]);
    assert.deepEqual(faults, []);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    await Promise.all(this.peers.map((peer) => peer.closed));
  }
}

/** The fields with which a session signs in another connection. */
export const pairOf = ({ userUUID, accessKey }: Account) => ({ userUUID, userAccessKey: accessKey });

/** The payload of an `authorized` frame. Fails for any other frame. */
export function authorizedOf(frame: Frame): { userUUID: string; accessKey: string } {
  assert.equal(frame.type, 'authorized', `expected authorized, got ${show(frame)}`);
  return frame.authorized;
}

/** A frame, shortened for the message of a failure. */
export const show = (frame: unknown): string => JSON.stringify(frame).slice(0, 300);
