import type { LoggerService } from '@nestjs/common';
import type { Serializer } from '@nestjs/microservices';
import type { Lane } from '../lanes.js';
import type { KeyOutcome } from '../redis/finish-requests.js';
import { forgetReplies } from '../redis/forget-replies.js';
import type { TransportKeys } from '../redis/keys.js';
import { forgetReaders, noteReader } from '../redis/lane-readers.js';
import { leaveGroup } from '../redis/leave-group.js';
import type { TakenEntry } from '../redis/take-over.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import { countField, entryTime, type RawEntry } from '../wire-format.js';
import { within } from '../within.js';
import { EntryDisposal } from './entry-disposal.js';
import { GroupHold } from './group-hold.js';
import { GroupReader } from './group-reader.js';
import type { HandlerHost } from './handler-host.js';
import { type DecodedEntry, decodeEntry, type HeldEntry } from './held-request.js';
import type { KeptReplies } from './kept-replies.js';
import { QueueAge } from './queue-age.js';
import type { RedisClock } from './redis-clock.js';
import { ReplyWriter } from './reply-writer.js';
import { RequestRunner } from './request-runner.js';

/** The most entries in one read: more would not be cheaper per entry, and would leave less for other replicas. */
const READ_MAX = 64;

/** What one lane of a partition of a service's requests needs. */
export interface ConsumerOptions {
  service: string;
  consumer: string;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  lane: Lane;
  /** Those of its partition, which its lanes share. */
  kept: KeptReplies;
  reader: RedisLink;
  writer: RedisLink;
  clock: RedisClock;
  host: HandlerHost;
  serializer: Serializer;
  logger: LoggerService;
}

/** Takes a service's requests from one stream: reads, runs, settles, takes over, sets aside. */
export class RequestConsumer {
  readonly runner: RequestRunner;
  readonly reader: GroupReader;
  readonly replies: ReplyWriter;
  readonly hold: GroupHold;
  private readonly disposal: EntryDisposal;
  readonly counters = { takenOver: 0, setAside: 0 };
  private readonly age: QueueAge;
  private isStopping = false;
  /** The length of this queue when last read. */
  queueDepth = 0;
  /** Recent requests per entry, which tells how many entries fit. */
  private entrySize = 1;

  // biome-ignore lint/complexity/noExcessiveLinesPerFunction: makes the five parts and ties each to the others, no more.
  constructor(private readonly options: ConsumerOptions) {
    const { writer, keys, service, limits, consumer, logger } = options;
    this.hold = new GroupHold({
      link: writer,
      stream: keys.requests(),
      partial: keys.partial(),
      group: service,
      consumer,
      ...limits,
      claims: () => this.runner.gate.claims(),
      onClaimsLost: (claims) => this.runner.gate.lose(claims),
      capacity: () => this.runner.queue.room,
      onTaken: (entry) => this.takeIn(entry),
      onTick: () => {
        this.runner.endLateStreams();
        this.reader.checkSilence();
        void this.readDepth();
        void this.noteReading();
      },
      onError: (error) => logger.error(error),
    });
    this.age = new QueueAge({ mostMs: limits.queueAgeMs, redisNow: () => options.clock.now() });
    this.replies = new ReplyWriter({
      link: writer,
      keys,
      group: service,
      serializer: options.serializer,
      logger,
      now: () => options.clock.now(),
      onSettled: (ids) => {
        for (const id of ids) this.hold.remove(id);
      },
      onKept: (outcomes) => this.keep(outcomes),
    });
    this.disposal = new EntryDisposal({
      ...options,
      replies: this.replies,
      onSetAside: () => this.counters.setAside++,
      onEnd: (id) => this.hold.remove(id),
    });
    this.runner = this.createRunner();
    this.reader = new GroupReader({
      link: options.reader,
      writer,
      stream: keys.requests(),
      group: service,
      consumer,
      groupStart: () => '0',
      takeOverAfterMs: limits.takeOverAfterMs,
      stillHeld: (ids) => this.hold.stillHeld(ids),
      capacity: () => this.capacity(),
      onEntry: (entry) => this.receive(entry),
      onEmpty: () => this.age.empty(),
      onFailed: (id) => this.hold.remove(id),
      logger,
    });
  }

  /** Joins the group. @throws Redis's error if it refuses. */
  async join(): Promise<void> {
    await this.reader.join();
    await this.noteReading();
  }

  get lane(): Lane {
    return this.options.lane;
  }

  start(): void {
    this.hold.start();
    this.reader.start();
  }

  /** Stops reading, finishes what is in hand within `drainMs`, and leaves the group if nothing is left. */
  async stop(): Promise<void> {
    const { writer, keys, service, consumer, limits } = this.options;
    this.isStopping = true;
    this.hold.stopLooking();
    await this.forgetReading();
    await this.reader.stop();
    await within(limits.drainMs, this.runner.queue.whenIdle());
    await within(limits.drainMs, this.replies.whenSettled());
    this.hold.stop();
    this.replies.close();
    if (writer.ready) {
      await writer
        .run((client) => leaveGroup(client, keys.requests(), { group: service, consumer }))
        .catch((error: unknown) => faultKind(error) === 'refused' && this.options.logger.error(error));
    }
  }

  private createRunner(): RequestRunner {
    const { host, clock, limits, writer, keys, lane, service, consumer, logger } = this.options;
    return new RequestRunner({
      host,
      clock,
      logger,
      replies: this.replies,
      maxInFlight: limits.maxInFlight,
      onRoom: () => this.reader.wake(),
      refusedAge: (entry) => this.refusedAge(entry),
      gate: {
        link: writer,
        keys,
        lane,
        group: service,
        consumer,
        leaseMs: limits.takeOverAfterMs,
        ttlMs: limits.idempotencyTtlMs,
        maxStoredReplyBytes: limits.maxStoredReplyBytes,
      },
    });
  }

  /** Callers put nothing into a further lane unless a replica says that it reads it: those of the release before do not. */
  async noteReading(): Promise<void> {
    const { writer, keys, lane, limits, logger } = this.options;
    if (lane === 'now' || this.isStopping) return;
    await writer
      .run((client) => noteReader(client, keys.readers(), limits.takeOverAfterMs))
      .catch((error: unknown) => faultKind(error) === 'refused' && logger.error(error));
  }

  private async forgetReading(): Promise<void> {
    const { writer, keys, lane, logger } = this.options;
    if (lane === 'now' || !writer.ready) return;
    await writer
      .run((client) => forgetReaders(client, keys.readers()))
      .catch((error: unknown) => faultKind(error) === 'refused' && logger.error(error));
  }

  private async readDepth(): Promise<void> {
    const { writer, keys } = this.options;
    const depth = await writer.run((client) => client.get(keys.depth())).catch(() => null);
    if (depth !== null) this.queueDepth = Number(depth);
  }

  /** Replies were stored: the oldest are forgotten if they are too many now. */
  private keep(outcomes: readonly KeyOutcome[]): void {
    const surplus = outcomes.flatMap(({ key, reply }) =>
      reply === '' ? [] : this.options.kept.add(key, reply.length),
    );
    if (surplus.length === 0) return;
    this.options.writer
      .run((client) => forgetReplies(client, surplus))
      .catch((error: unknown) => faultKind(error) === 'refused' && this.options.logger.error(error));
  }

  private capacity(): number {
    const { room } = this.runner.queue;
    if (room <= 0) return 0;
    // What is refused takes no room: where little fits, reading would hold up the refusals.
    return this.age.stands ? READ_MAX : Math.min(READ_MAX, Math.ceil(room / this.entrySize));
  }

  private receive([id, given]: RawEntry): void {
    const fields = given ?? [];
    // A group that was lost and made again delivers everything once more, also what is running here.
    if (this.hold.has(id)) return;
    this.hold.add(id);
    const decoded = this.decode(id, fields, 1 + countField(fields, 't', 0));
    if (!decoded) return;
    // Only if a single try is allowed: a batch that was split has had its try.
    if (decoded.entry.tries > this.options.limits.maxTries) void this.disposal.setAside(decoded);
    else this.accept(decoded);
  }

  /** One that was delivered before says nothing about the queue. */
  private refusedAge(entry: HeldEntry): number | undefined {
    if (entry.tries > 1) return undefined;
    const refused = this.age.note(entryTime(entry.id));
    return entry.isFirst ? refused : undefined;
  }

  private accept({ entry, requests }: DecodedEntry): void {
    this.entrySize += (requests.length - this.entrySize) / 8;
    if (requests.length === 0) this.replies.finishEntry(entry);
    for (const request of requests) this.runner.queue.add(request);
  }

  private takeIn({ id, verdict, tries, finished, fields }: TakenEntry): void {
    const decoded = this.decode(id, fields, verdict === 'retry' ? tries + 1 : tries, finished);
    if (!decoded) return;
    this.counters.takenOver += decoded.requests.length;
    if (verdict === 'retry') this.accept(decoded);
    else if (verdict === 'split') void this.disposal.split(decoded);
    else void this.disposal.setAside(decoded);
  }

  /** Decodes an entry. An unreadable entry is set aside, because it must not be delivered endlessly. */
  private decode(
    id: string,
    fields: readonly string[],
    tries: number,
    finished?: ReadonlySet<number>,
  ): DecodedEntry | undefined {
    try {
      return decodeEntry(id, fields, tries, finished);
    } catch (error) {
      this.options.logger.error(error);
      this.counters.setAside++;
      void this.disposal.setUnreadableAside(id, fields);
      return undefined;
    }
  }
}
