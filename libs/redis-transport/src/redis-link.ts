import { EventEmitter } from 'node:events';
import type { LoggerService } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ConnectionLost, faultKind } from './redis-fault.js';
import { SerialMap } from './serial-map.js';
import type { RedisConnection } from './transport-options.js';

/** How long (ms) until a client that ioredis gave up on is replaced by a new one. */
const REPLACE_AFTER_MS = 500;
/** How often (ms) a connection shows that it lives; one that leaves a PING unanswered for this long is dropped. */
const PING_EVERY_MS = 5_000;

interface LinkEvents {
  ready: [];
  lost: [];
  /** Cluster only: a node came, went or was replaced; what was published meanwhile may be lost. */
  moved: [];
  client: [RedisConnection];
}

/**
 * One connection of the transport, for as long as the transport lives: it makes a new client should ioredis give one
 * up, and it settles every command when the connection breaks.
 *
 * ioredis would by default send unanswered commands again after a reconnect, with what stood in them then. The
 * transport switches that off and decides itself, because a deadline in such a command may have passed, and
 * because a client whose resending is off never settles the promises of those commands.
 */
export class RedisLink extends EventEmitter<LinkEvents> {
  private current?: RedisConnection;
  private isUp = false;
  private isClosed = false;
  private lastFault = '';
  private replaceTimer?: NodeJS.Timeout;
  private pingTimer?: NodeJS.Timeout;
  private isPinged = false;
  /** What is told when the connection breaks. */
  private readonly unanswered = new SerialMap<(error: Error) => void>();

  constructor(
    private readonly connect: () => RedisConnection,
    private readonly role: string,
    private readonly logger: LoggerService,
    private readonly pingEveryMs = PING_EVERY_MS,
  ) {
    super();
    this.setMaxListeners(0);
  }

  /** The ioredis client of the moment. @throws Error before `open()`. */
  get client(): RedisConnection {
    if (!this.current)
      throw new Error('Not initialized. Please call the "connect" or "listen" method first.');
    return this.current;
  }

  get ready(): boolean {
    return this.isUp;
  }

  /** Whether there is a client yet. */
  get opened(): boolean {
    return this.current !== undefined;
  }

  /** Whether the client is a Redis Cluster's. */
  get isCluster(): boolean {
    return this.client.isCluster;
  }

  /** Begins to connect; does not wait for it. */
  open(): void {
    if (this.current || this.isClosed) return;
    const client = this.connect();
    this.current = client;
    if (!client.isCluster) {
      const { options } = client as Redis;
      options.autoResendUnfulfilledCommands = false;
      // A command kept back until the next connection would be carried out for nobody: its caller was told that it is lost.
      options.enableOfflineQueue = false;
      options.maxRetriesPerRequest = null;
    }
    this.listenTo(client);
    this.emit('client', client);
    if (client.status === 'wait') client.connect().catch(() => undefined);
    if (client.status === 'ready') this.up();
  }

  /** Resolves at once when ready, else when it next is. Rejects with `ConnectionLost` once closed. */
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

  /** Carries out a command. @throws ConnectionLost when the connection breaks first; else what Redis answers. */
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
   * Begins to look for a peer that is gone without having closed the connection: TCP alone would take a quarter of an
   * hour to see it. Not for connections that block in a command, nor for Cluster, which looks after its nodes.
   */
  watch(): void {
    this.pingTimer ??= setInterval(() => this.ping(), this.pingEveryMs).unref();
  }

  /** Drops the connection and makes a new one, for a peer that has gone silent. */
  reconnect(): void {
    if (!this.isUp || this.isCluster) return;
    // Not `disconnect`, which waits for the peer to close its side: this one may never.
    (this.client as Redis).stream.destroy();
  }

  /** Ends the connection after what was sent on it is answered. */
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
      this.isPinged = false;
      this.reconnect();
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
    if (this.lastFault) this.logger.log(`Redis is back (${this.role})`);
    this.lastFault = '';
    this.emit('ready');
  }

  private down(): void {
    const wasUp = this.isUp;
    this.isUp = false;
    const error = new ConnectionLost('The connection to Redis broke');
    for (const lose of this.unanswered.values()) lose(error);
    if (!wasUp || this.isClosed) return;
    this.report(error);
    this.emit('lost');
  }

  private replace(): void {
    this.down();
    if (this.isClosed) return;
    this.replaceTimer = setTimeout(() => {
      this.current = undefined;
      this.open();
    }, REPLACE_AFTER_MS);
  }

  /** After a fail-over the old master is a replica: only a new connection finds the new master. */
  private leaveDemotedMaster(error: unknown): void {
    if (faultKind(error) === 'not-now' && String(error).includes('READONLY')) this.reconnect();
  }

  /** Says each fault once per outage: ioredis reports one for every attempt. */
  private report(error: Error): void {
    if (this.isClosed || error.message === this.lastFault) return;
    this.lastFault = error.message;
    this.logger.error(`Redis (${this.role}): ${error.message}`);
  }
}
