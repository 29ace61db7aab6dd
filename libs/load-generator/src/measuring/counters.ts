import { LatencyCounts } from './latency-counts.js';
import type { Reasons, Tick } from './tick.js';

const emptyReasons = (): Record<keyof Reasons, Record<string, number>> => ({
  lost: {},
  refused: {},
  interrupted: {},
  retried: {},
});

/** What a thread counts between two ticks. */
export class Counters {
  sent = 0;
  acknowledged = 0;
  readonly latencies: readonly LatencyCounts[];
  readonly ackLatencies = new LatencyCounts();
  readonly sendDelays = new LatencyCounts();
  readonly entries = new LatencyCounts();
  private returned = 0;
  private resent = 0;
  private reasons = emptyReasons();
  private told = { sent: 0, acknowledged: 0, deliveries: 0 };

  constructor(urls: number) {
    this.latencies = Array.from({ length: urls }, () => new LatencyCounts());
  }

  /** Counts an occurrence by its reason. */
  count(what: keyof Reasons, reason: string): void {
    const counts = this.reasons[what];
    counts[reason] = (counts[reason] ?? 0) + 1;
  }

  /** A connection is back, and has sent this many messages again. */
  comeBack(resent: number): void {
    this.returned += 1;
    this.resent += resent;
  }

  /** What happened since the last call. `deliveries` counts from the beginning. */
  take(second: number, deliveries: number, open: number): Tick {
    const { sent, acknowledged, returned, resent, reasons, told } = this;
    this.told = { sent, acknowledged, deliveries };
    [this.returned, this.resent, this.reasons] = [0, 0, emptyReasons()];
    return {
      second,
      sent: sent - told.sent,
      acknowledged: acknowledged - told.acknowledged,
      deliveries: deliveries - told.deliveries,
      open,
      returned,
      resent,
      ...reasons,
      latencies: this.latencies.map((counts) => counts.take()),
      ackLatencies: this.ackLatencies.take(),
      sendDelays: this.sendDelays.take(),
      entries: this.entries.take(),
    };
  }
}
