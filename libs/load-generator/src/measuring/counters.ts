import { LatencyCounts } from './latency-counts.js';
import type { Tick } from './tick.js';

/** What a thread counts between two ticks. */
export class Counters {
  sent = 0;
  acknowledged = 0;
  readonly latencies: readonly LatencyCounts[];
  readonly ackLatencies = new LatencyCounts();
  readonly sendDelays = new LatencyCounts();
  readonly entries = new LatencyCounts();
  private lost: Record<string, number> = {};
  private refused: Record<string, number> = {};
  private told = { sent: 0, acknowledged: 0, deliveries: 0 };

  constructor(urls: number) {
    this.latencies = Array.from({ length: urls }, () => new LatencyCounts());
  }

  lose(reason: string): void {
    this.lost[reason] = (this.lost[reason] ?? 0) + 1;
  }

  refuse(reason: string): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  /** What happened since the last call. `deliveries` counts from the beginning. */
  take(second: number, deliveries: number, open: number): Tick {
    const { sent, acknowledged, lost, refused, told } = this;
    this.told = { sent, acknowledged, deliveries };
    this.lost = {};
    this.refused = {};
    return {
      second,
      sent: sent - told.sent,
      acknowledged: acknowledged - told.acknowledged,
      deliveries: deliveries - told.deliveries,
      open,
      lost,
      refused,
      latencies: this.latencies.map((counts) => counts.take()),
      ackLatencies: this.ackLatencies.take(),
      sendDelays: this.sendDelays.take(),
      entries: this.entries.take(),
    };
  }
}
