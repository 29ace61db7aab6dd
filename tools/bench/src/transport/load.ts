import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { LatencyCounts } from '@parley/load-generator';
import { RedisRequest, RedisTransportClient } from '@parley/redis-transport';
import { EMPTY, firstValueFrom, type Observable } from 'rxjs';
import { connectorOf } from './connector.js';
import {
  type ClientReport,
  HOLD,
  type MeasureOrder,
  PATTERN,
  SERVICE,
  type Started,
  startedWith,
  WORK_DEADLINE_MS,
  WORK_PATTERN,
} from './roles.js';

/** About the size of a chat message as a request. */
const BODY = {
  channel: '018f3a52-7b7e-7d1c-9c61-0f6a5e0c1a11',
  text: 'x'.repeat(100),
  at: 1_700_000_000_000,
};
/** Channels that requests are about, in turn. */
const CHANNELS = Array.from({ length: 1_000 }, (_, index) => `channel ${index}`);
/** A steady load sends requests this often (ms). */
const STEP_MS = 1;

/** One client: `node transport/load.js <JSON>`. Measures when told to over IPC. */
class LoadClient {
  private readonly latencies = new LatencyCounts();
  private failures = 0;
  private asked = 0;
  private isMeasuring = false;
  private isOver = false;

  constructor(
    private readonly client: ClientProxy,
    private readonly order: MeasureOrder,
  ) {}

  async measure(): Promise<ClientReport> {
    const { mode, warmUpMs, measureMs, asked } = this.order;
    // The stock client unsubscribes from its reply channel whenever nothing waits: in a closed loop, after every batch. A
    // service under load is never that idle, so one request stays open and the stock transport is measured at its best.
    // Work is done by few handlers, of which it would take one.
    const hold = asked !== 'work' ? this.client.send(PATTERN, HOLD) : EMPTY;
    const held = hold.subscribe({ error: () => undefined });
    await firstValueFrom(this.request());
    const load = 'inFlight' in mode ? this.closedLoop(mode.inFlight) : this.steady(mode.perSecond);
    await after(warmUpMs);
    process.send?.('measuring' satisfies ClientReport);
    this.isMeasuring = true;
    await after(measureMs);
    this.isMeasuring = false;
    this.isOver = true;
    const report = { latencies: [...this.latencies.take()], failures: this.failures };
    await load;
    held.unsubscribe();
    return report;
  }

  private async closedLoop(inFlight: number): Promise<void> {
    const lane = async () => {
      while (!this.isOver) await this.ask();
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
  }

  private async steady(perSecond: number): Promise<void> {
    const started = performance.now();
    let asked = 0;
    let open = 0;
    while (!this.isOver || open > 0) {
      const due = this.isOver ? 0 : ((performance.now() - started) / 1_000) * perSecond;
      for (; asked < due; asked++) {
        open++;
        void this.ask().then(() => open--);
      }
      await after(STEP_MS);
    }
  }

  private async ask(): Promise<void> {
    const started = performance.now();
    try {
      await firstValueFrom(this.request());
      if (this.isMeasuring) this.latencies.record((performance.now() - started) * 1_000);
    } catch {
      if (this.isMeasuring) this.failures++;
    }
  }

  private request(): Observable<unknown> {
    const { asked, lane = 'now' } = this.order;
    if (asked === 'echo') return this.client.send(PATTERN, BODY);
    if (asked === 'inChannels') {
      const partitionBy = CHANNELS[this.asked++ % CHANNELS.length]!;
      return this.client.send(PATTERN, new RedisRequest(BODY, { partitionBy }));
    }
    return this.client.send(WORK_PATTERN, new RedisRequest(BODY, { deadlineMs: WORK_DEADLINE_MS, lane }));
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function createClient(started: Started): ClientProxy {
  const { kind, port, partitions } = started;
  if (kind === 'stock')
    return ClientProxyFactory.create({ transport: Transport.REDIS, options: { host: '127.0.0.1', port } });
  const spread = partitions === undefined ? {} : { partitions };
  const connect = connectorOf(started);
  return new RedisTransportClient({ service: SERVICE, clientName: 'load', connect, ...spread });
}

// With several replicas the stock client logs a line for every surplus reply, which would dominate the measurement.
Logger.overrideLogger(['error']);

const client = createClient(startedWith());
await client.connect();
process.on('disconnect', () => process.exit());
process.on('message', async (order: MeasureOrder) => {
  process.send?.(await new LoadClient(client, order).measure());
});
process.send?.('ready');
