import type { Lane } from '../lanes.js';
import { keysOfPartitions } from '../redis/keys.js';
import type { BatchSender } from './batch-sender.js';
import { requestSender, type SenderParts } from './batch-senders.js';
import type { PendingRequest } from './pending-request.js';

/** Whose requests these are. */
export interface ServicePlace {
  prefix: string;
  service: string;
}

/** Sends requests, each through the stream of its lane in its partition. */
export class RequestSenders {
  private readonly senders: Readonly<Record<Lane, readonly BatchSender<PendingRequest>[]>>;

  constructor(parts: Omit<SenderParts, 'keys'>, { prefix, service }: ServicePlace) {
    const limits = shareOf(parts.limits);
    const now = keysOfPartitions(prefix, service, limits.partitions);
    const later = keysOfPartitions(prefix, service, limits.partitions, 'later');
    this.senders = {
      now: now.map((keys) => requestSender({ ...parts, limits, keys })),
      later: later.map((keys, at) => requestSender({ ...parts, limits, keys, otherwise: now[at]! })),
    };
  }

  add(request: PendingRequest): void {
    this.senders[request.lane][request.partition]!.add(request);
  }

  open(): void {
    for (const sender of this.all()) sender.open();
  }

  pause(): void {
    for (const sender of this.all()) sender.pause();
  }

  /** Resolves when nothing waits to be stored. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.all().map((sender) => sender.whenIdle()));
  }

  abandon(): void {
    for (const sender of this.all()) sender.abandon();
  }

  /** Batches sent, repetitions included. */
  get sentCount(): number {
    return this.all().reduce((sum, { sentCount }) => sum + sentCount, 0);
  }

  /** First those of `now`: when a connection is back, what waited goes out in that order. */
  private all(): BatchSender<PendingRequest>[] {
    return [...this.senders.now, ...this.senders.later];
  }
}

/** The bounds of one partition's queue: an equal share, so that together they have those of the service. Each lane has them for itself. */
function shareOf(limits: SenderParts['limits']): SenderParts['limits'] {
  const { partitions, maxQueue, maxQueueBytes } = limits;
  const share = (bound: number) => Math.ceil(bound / partitions);
  return { ...limits, maxQueue: share(maxQueue), maxQueueBytes: share(maxQueueBytes) };
}
