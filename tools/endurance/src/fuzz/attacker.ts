import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOSE_CODES } from '@parley/protocol';
import { WebSocket } from 'ws';
import { PASSWORD } from './grammar.js';
import type { Mutant } from './mutations.js';
import { INTERNAL, type Tally } from './tally.js';

/** Frames between two pings whose answers show that the connection is still served in order. */
const CHUNK = 20;
/** By when such a ping is answered, or the connection closed, in ms. */
const PATIENCE_MS = 30_000;
/** Bytes below the WebSocket may be the beginning of a long frame: nobody can tell when that has been taken. */
const RAW_MS = 200;
/** How long an attacker waits that could not sign in, and one that could not connect, in ms. */
const AFTER_FAILURE_MS = 100;
/** Then an attacker goes on without an account: Redis may have none to give. */
const MOST_TRIES = 10;
const AFTER_REFUSAL_MS = 1_000;

/** RFC 6455's own code for bytes that are no frames, besides those that the protocol documents. */
const DOCUMENTED: ReadonlySet<number> = new Set([1002, ...Object.values(CLOSE_CODES)]);
const ERROR_NAME = /"name":"([A-Z_]+)"/;

async function until(at: number): Promise<void> {
  const restMs = at - performance.now();
  if (restMs > 0) await delay(restMs);
}

/** Whether a connection may live on after it. */
const isHarmless = ({ as, bytes }: Mutant): boolean => as === 'text' && isUtf8(bytes);

/** One connection that sends what it is given, and signs in again where that signed it out or closed it. */
export class Attacker {
  private socket: WebSocket | undefined;
  private isSignedIn = false;
  private closedWith: number | undefined;
  private names = 0;
  private ids = 0;
  private waiting: { readonly id: string; readonly resolve: (text: string) => void } | undefined;
  private sent: Mutant[] = [];

  constructor(
    private readonly name: string,
    private readonly url: string,
    private readonly tally: Tally,
  ) {}

  /**
   * Sends frames, one each `everyMs`. Resolves when the server has dealt with all of them.
   * @param from when the first is due, by `performance.now()`.
   */
  async send(mutants: readonly Mutant[], everyMs = 0, from = performance.now()): Promise<void> {
    for (let at = 0; at < mutants.length; ) {
      await this.enter();
      const first = from + at * everyMs;
      at += await this.sendChunk(mutants.slice(at, at + CHUNK), (n) => first + n * everyMs);
    }
  }

  /** Ends the connection and opens another one, so that nothing of the earlier one is left. */
  async restart(): Promise<void> {
    await this.leave();
    await this.enter();
  }

  async leave(): Promise<void> {
    const { socket } = this;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.terminate();
    await closed;
  }

  /**
   * @param dueAt when each is sent, by `performance.now()`.
   * @returns how many were sent.
   */
  private async sendChunk(chunk: readonly Mutant[], dueAt: (n: number) => number): Promise<number> {
    this.sent = [];
    for (const [n, mutant] of chunk.entries()) {
      await until(dueAt(n));
      // A frame before it may have had the connection closed.
      if (n > 0 && this.socket?.readyState !== WebSocket.OPEN) break;
      this.write(mutant);
      this.sent.push(mutant);
      this.tally.count(mutant);
      if (!isHarmless(mutant)) break;
    }
    const last = this.sent.at(-1)!;
    if (last.as === 'raw') {
      await delay(RAW_MS);
      await this.leave();
    } else await this.fence();
    return this.sent.length;
  }

  private write({ as, bytes }: Mutant): void {
    const socket = this.socket!;
    if (as === 'raw') (socket as unknown as { _socket: Socket | null })._socket?.write(bytes);
    else socket.send(bytes, { binary: as === 'binary' }, () => undefined);
  }

  private async fence(): Promise<void> {
    const answer = await this.ask({ type: 'ping' });
    if (answer === undefined && this.closedWith === undefined)
      this.find(`no answer to a ping within ${PATIENCE_MS} ms`);
    else if (this.closedWith !== undefined && !DOCUMENTED.has(this.closedWith))
      this.find(`closed with ${this.closedWith}`);
  }

  /** Opens a connection where there is none, and signs in where nobody is. */
  private async enter(): Promise<void> {
    if (this.socket?.readyState !== WebSocket.OPEN) await this.connect();
    for (let tries = 0; !this.isSignedIn && tries < MOST_TRIES; tries += 1) {
      if (await this.signIn()) return;
      if (this.socket?.readyState !== WebSocket.OPEN) return this.enter();
      // The account is deleted, or has another password by now.
      this.names += 1;
      await delay(AFTER_FAILURE_MS);
    }
  }

  private async signIn(): Promise<boolean> {
    const signIn = { username: `${this.name} ${this.names}`, password: PASSWORD };
    const answer = await this.ask({ type: 'signIn', signIn });
    this.isSignedIn = answer?.startsWith('{"type":"authorized"') ?? false;
    return this.isSignedIn;
  }

  /** A gateway that is not there is a find, and may come back. */
  private async connect(): Promise<void> {
    for (;;) {
      const socket = new WebSocket(this.url);
      this.listenTo(socket);
      try {
        await once(socket, 'open');
        this.tally.connections += 1;
        return;
      } catch (error) {
        this.find(`no connection: ${(error as Error).message}`);
        await delay(AFTER_REFUSAL_MS);
      }
    }
  }

  private listenTo(socket: WebSocket): void {
    this.socket = socket;
    this.isSignedIn = false;
    this.closedWith = undefined;
    socket.on('error', () => undefined); // the close event follows
    socket.on('message', (data) => this.receive(String(data)));
    socket.on('close', (code) => {
      if (socket !== this.socket) return;
      this.closedWith = code;
      this.tally.closed(code);
      this.waiting?.resolve('');
    });
  }

  /** Resolves with the answer; undefined when the connection has ended, or nothing came in time. */
  private ask(frame: Record<string, unknown>): Promise<string | undefined> {
    this.ids += 1;
    const id = `ask ${this.ids}`;
    if (this.closedWith !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = (text: string) => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(text || undefined);
      };
      const timer = setTimeout(() => done(''), PATIENCE_MS);
      this.waiting = { id, resolve: done };
      this.socket!.send(JSON.stringify({ ...frame, id }), () => undefined);
    });
  }

  private receive(text: string): void {
    if (text.startsWith('{"type":"error"')) this.refused(ERROR_NAME.exec(text)?.[1] ?? 'nameless');
    if (text.startsWith('{"type":"signOut"')) this.isSignedIn = false;
    if (this.waiting !== undefined && text.includes(`"id":"${this.waiting.id}"`)) this.waiting.resolve(text);
  }

  private refused(name: string): void {
    this.tally.refused(name);
    if (name === 'NOT_SIGNED_IN') this.isSignedIn = false;
    // Nothing that a client sends is a fault in the server.
    if (name === 'INTERNAL') this.find(INTERNAL);
  }

  private find(what: string): void {
    this.tally.find(what, this.sent);
  }
}
