import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { RedisLine } from '../../stage/redis-line.js';

const PATIENCE = { timeoutMs: 60_000, everyMs: 20 };

/** A master and its replica behind one address. Fail-overs are ordered, step by step. */
export class TwoServers {
  private master = 0;

  private constructor(
    private readonly servers: readonly [OwnRedis, OwnRedis],
    private readonly clients: readonly [Redis, Redis],
    private readonly line: RedisLine,
  ) {}

  static async start(): Promise<TwoServers> {
    const servers = [await startRedis(), await startRedis()] as const;
    const clients = [new Redis(servers[0].url), new Redis(servers[1].url)] as const;
    const two = new TwoServers(servers, clients, await RedisLine.to(servers[0].port));
    await two.replicate(1);
    return two;
  }

  get url(): string {
    return this.line.url;
  }

  /** The replica becomes a master of its own: it gets nothing more, and the master goes on. */
  async split(): Promise<void> {
    await this.clients[1 - this.master]!.replicaof('NO', 'ONE');
  }

  /** Nobody reaches Redis any more. */
  cut(): void {
    this.line.cut();
  }

  /** The replica takes the master's place, and the master follows it. What only the master had is lost. */
  async failOver(): Promise<void> {
    const former = this.master;
    this.master = 1 - former;
    await this.clients[this.master]!.replicaof('NO', 'ONE');
    await this.replicate(former);
  }

  /** The address leads to the master. */
  restore(): void {
    this.line.lead(this.servers[this.master]!.port);
  }

  /** Resolves when the replica has everything that the master has. Nothing may write meanwhile. */
  async areLevel(): Promise<void> {
    const offsets = () =>
      Promise.all(this.clients.map(async (client) => offsetOf(await client.info('replication'))));
    await eventually(async () => {
      const [one, other] = await offsets();
      return one === other;
    }, PATIENCE);
  }

  async remove(): Promise<void> {
    this.line.close();
    for (const client of this.clients) client.disconnect();
    await Promise.all(this.servers.map((server) => server.remove()));
  }

  /** This server follows the other one. Resolves when it has its data. */
  private async replicate(index: number): Promise<void> {
    await this.clients[index]!.replicaof('127.0.0.1', this.servers[1 - index]!.port);
    await eventually(async () => {
      const [own, masters] = await Promise.all([
        this.clients[index]!.info('replication'),
        this.clients[1 - index]!.info('replication'),
      ]);
      return /master_link_status:up/.test(own) && /slave0:[^\r]*state=online/.test(masters);
    }, PATIENCE);
  }
}

/** How far a server has come in the stream of replication. */
const offsetOf = (info: string): string | undefined =>
  /role:slave/.test(info)
    ? /slave_repl_offset:(\d+)/.exec(info)?.[1]
    : /master_repl_offset:(\d+)/.exec(info)?.[1];
