import type { TransportKeys } from '../redis/keys.js';
import type { BatchSender } from './batch-sender.js';
import { requestSender, type SenderParts } from './batch-senders.js';
import type { PendingRequest } from './pending-request.js';

/** Sends requests, each through the stream of its partition. */
export class RequestSenders {
  private readonly senders: readonly BatchSender<PendingRequest>[];

  /** @param keysOf those of each partition. */
  constructor(parts: SenderParts, keysOf: readonly TransportKeys[]) {
    const limits = shareOf(parts.limits);
    this.senders = keysOf.map((keys) => requestSender({ ...parts, limits, keys }));
  }

  add(request: PendingRequest): void {
    this.senders[request.partition]!.add(request);
  }

  open(): void {
    for (const sender of this.senders) sender.open();
  }

  pause(): void {
    for (const sender of this.senders) sender.pause();
  }

  /** Resolves when nothing waits to be stored. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.senders.map((sender) => sender.whenIdle()));
  }

  abandon(): void {
    for (const sender of this.senders) sender.abandon();
  }

  /** Batches sent, repetitions included. */
  get sentCount(): number {
    return this.senders.reduce((sum, { sentCount }) => sum + sentCount, 0);
  }
}

/** The bounds of one partition's queue: an equal share, so that together they have those of the service. */
function shareOf(limits: SenderParts['limits']): SenderParts['limits'] {
  const { partitions, maxQueue, maxQueueBytes } = limits;
  const share = (bound: number) => Math.ceil(bound / partitions);
  return { ...limits, maxQueue: share(maxQueue), maxQueueBytes: share(maxQueueBytes) };
}
