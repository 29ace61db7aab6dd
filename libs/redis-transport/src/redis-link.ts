import { EventEmitter } from 'node:events';
import type { LoggerService } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { errorHeadline } from './error-record.js';
import { ConnectionLost, faultKind } from './redis-fault.js';
import { SerialMap } from './serial-map.js';
import type { RedisConnection } from './transport-options.js';

/** How long (ms) until a client that ioredis has given up is replaced. */
const REPLACE_AFTER_MS = 500;
/** How often (ms) a connection is checked with PING. A connection that does not answer within this time is dropped. */
const PING_EVERY_MS = 5_000;
/** How long (ms) a connection has to stay, after those to a demoted master, until Redis counts as back. */
const SETTLED_AFTER_MS = 5_000;

interface LinkEvents {
  ready: [];
  lost: [];
  /** Cluster only: a node was added, removed or replaced. Messages published meanwhile may be lost. */
  moved: [];
  client: [RedisConnection];
}

/**
 * One connection for the whole life of the transport. It creates a new client if ioredis gives one up, and it settles every
 * command when the connection breaks.
 *
 * By default, ioredis sends unanswered commands again, unchanged, after a reconnect. The transport turns that off and
 * decides itself, because a deadline in such a command may have passed. It settles the commands itself, because a client
 * that does not resend never settles their promises.
 */
export class RedisLink extends EventEmitter<LinkEvents> {
  private current?: RedisConnection;
  private isUp = false;
  private isClosed = false;
  private lastFault = '';
  /** Whether a master has become a replica, which takes connections and refuses writes. Each of them is no news. */
  private isDemoted = false;
  private settledTimer?: NodeJS.Timeout;
  private replaceTimer?: NodeJS.Timeout;
  private pingTimer?: NodeJS.Timeout;
  private isPinged = false;
  /** Called when the connection breaks. */
  private readonly unanswered = new SerialMap<(error: Error) => void>();

  constructor(
    private readonly connect: () => RedisConnection,
    private readonly role: string,
    private readonly logger: LoggerService,
    private readonly pingEveryMs = PING_EVERY_MS,
    private readonly settledAfterMs = SETTLED_AFTER_MS,
  ) {
    super();
    this.setMaxListeners(0);
  }

  /** The present ioredis client. @throws Error before `open()`. */
  get client(): RedisConnection {
    if (!this.current)
      throw new Error('Not initialized. Please call the "connect" or "listen" method first.');
    return this.current;
  }

  get ready(): boolean {
    return this.isUp;
  }

  /** Whether a client exists yet. */
  get opened(): boolean {
    return this.current !== undefined;
  }

  /** Whether the client is a Redis Cluster's. */
  get isCluster(): boolean {
    return this.client.isCluster;
  }

  /** Begins to connect; does not wait for it. */
  open(): void {
    if (!this.current && !this.isClosed) this.make();
  }

  private make(): void {
    const client = this.connect();
    this.current = client;
    if (!client.isCluster) {
      const { options } = client as Redis;
      options.autoResendUnfulfilledCommands = false;
      // Without this, a queued command would run after its caller was told that it is lost.
      options.enableOfflineQueue = false;
      options.maxRetriesPerRequest = null;
    }
    this.listenTo(client);
    this.emit('client', client);
    if (client.status === 'wait') client.connect().catch(() => undefined);
    if (client.status === 'ready') this.up();
  }

  /** Resolves when the connection is ready, at once if it is. Rejects with `ConnectionLost` when closed. */
  whenReady(timeoutMs?: number): Promise<void> {
    if (this.isUp) return Promise.resolve();
    if (this.isClosed) return Promise.reject(new ConnectionLost('The connection was closed'));
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        this.off('ready', onReady);
        this.unanswered.delete(waiting);
        if (error) reject(error);
        else resolve();
      };
      const onReady = () => settle();
      const onClosed = (error: Error) => this.isClosed && settle(error);
      const waiting = this.unanswered.add(onClosed);
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => settle(new ConnectionLost('Redis is away')), timeoutMs);
      this.on('ready', onReady);
    });
  }

  /** Runs a command. @throws ConnectionLost if the connection breaks first; otherwise Redis's error. */
  run<T>(command: (client: RedisConnection) => Promise<T>): Promise<T> {
    if (!this.isUp) return Promise.reject(new ConnectionLost('Redis is away'));
    return new Promise((resolve, reject) => {
      const number = this.unanswered.add((error) => {
        this.unanswered.delete(number);
        reject(error);
      });
      command(this.client).then(
        (value) => {
          this.unanswered.delete(number);
          resolve(value);
        },
        (error: unknown) => {
          this.unanswered.delete(number);
          this.leaveDemotedMaster(error);
          reject(error);
        },
      );
    });
  }

  /**
   * Begins to check for a peer that is gone without having closed the connection: TCP alone would take a quarter of an
   * hour to notice. Not for connections that block in a command, nor for a Cluster, whose client checks its nodes.
   */
  watch(): void {
    this.pingTimer ??= setInterval(() => this.ping(), this.pingEveryMs).unref();
  }

  /**
   * Drops the connection to a peer that has gone silent. What has arrived is read first: a process that was stopped, or has
   * computed for long, was silent itself, and loses with the connection what waits in its socket. Call it from a timer.
   */
  reconnectIf(isSilent: () => boolean): void {
    // Sockets are read between a timer and this.
    setImmediate(() => isSilent() && this.reconnect());
  }

  /** Drops the connection, and makes a new one. */
  private reconnect(): void {
    if (!this.isUp || this.isCluster) return;
    // Not `disconnect`, which waits for the peer to close its side: this one may never.
    (this.client as Redis).stream.destroy();
  }

  /** Closes the connection after its commands are answered. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.replaceTimer);
    clearInterval(this.pingTimer);
    const client = this.current;
    if (client && client.status !== 'end') {
      if (this.isUp) await client.quit().catch(() => client.disconnect());
      else client.disconnect();
    }
    this.down();
  }

  private ping(): void {
    if (!this.isUp || this.isCluster) return;
    if (this.isPinged) {
      this.reconnectIf(() => this.isPinged);
      return;
    }
    this.isPinged = true;
    const answered = () => {
      this.isPinged = false;
    };
    this.run((client) => client.ping()).then(answered, answered);
  }

  private listenTo(client: RedisConnection): void {
    client.on('error', (error: Error) => this.report(error));
    client.on('ready', () => this.current === client && this.up());
    client.on('close', () => this.current === client && this.down());
    client.on('end', () => this.current === client && this.replace());
    if (!client.isCluster) return;
    for (const event of ['+node', '-node', 'subscribersReady']) client.on(event, () => this.emit('moved'));
  }

  private up(): void {
    if (this.isUp || this.isClosed) return;
    this.isUp = true;
    if (this.isDemoted) this.settledTimer = setTimeout(() => this.back(), this.settledAfterMs).unref();
    else this.back();
    this.emit('ready');
  }

  private back(): void {
    this.isDemoted = false;
    if (this.lastFault) this.logger.log(`Redis is back (${this.role})`);
    this.lastFault = '';
  }

  private down(): void {
    const wasUp = this.isUp;
    this.isUp = false;
    clearTimeout(this.settledTimer);
    const error = new ConnectionLost('The connection to Redis broke');
    for (const lose of this.unanswered.values()) lose(error);
    if (!wasUp || this.isClosed) return;
    if (!this.isDemoted) this.report(error);
    this.emit('lost');
  }

  private replace(): void {
    this.down();
    this.replaceLater();
  }

  private replaceLater(): void {
    if (this.isClosed) return;
    clearTimeout(this.replaceTimer);
    this.replaceTimer = setTimeout(() => {
      try {
        this.make();
      } catch (error) {
        // `connect` is the app's own: it may read a file that is just being replaced.
        this.report(error);
        this.replaceLater();
      }
    }, REPLACE_AFTER_MS);
  }

  /** After a fail-over the old master is a replica: only a new connection finds the new master. */
  private leaveDemotedMaster(error: unknown): void {
    if (this.isCluster || faultKind(error) !== 'not-now' || !String(error).includes('READONLY')) return;
    if (!this.isDemoted) this.report(error);
    this.isDemoted = true;
    this.reconnect();
  }

  /** Logs each fault once per outage: ioredis reports one for every attempt. */
  private report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.isClosed || message === this.lastFault) return;
    this.lastFault = message;
    this.logger.error(`Redis (${this.role}): ${errorHeadline(error)}`);
  }
}
