import type { LoggerService } from '@nestjs/common';
import type { Serializer, WritePacket } from '@nestjs/microservices';
import { isPromise } from '../is-promise.js';
import {
  type FinishedTurn,
  finishRequests,
  type KeyOutcome,
  type Publication,
} from '../redis/finish-requests.js';
import type { TransportKeys } from '../redis/keys.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import { SerialMap } from '../serial-map.js';
import type { RedisTransportErrorCode } from '../transport-error.js';
import { MAX_PACKET, type WireError } from '../wire-format.js';
import type { HeldEntry, HeldRequest } from './held-request.js';
import { ReplyBodies } from './reply-bodies.js';
import { UnheardReplies } from './unheard-replies.js';

/** How long (ms) until a turn that Redis could not store is sent again. */
const AGAIN_AFTER_MS = 100;
/** Characters from which on the replies of a turn go out in several commands: Redis closes a connection with 1 GB of unread commands. */
const TURN_FULL = 67_108_864;
/** Characters of replies without Redis's answer, and values in one turn, above which replies of several values end. */
const MOST_UNSETTLED = 67_108_864;
const MOST_FURTHER = 262_144;

/** The replies to one client in one turn. */
interface ClientReplies {
  sharded: boolean;
  until: number;
  first: { request: HeldRequest; packet: WritePacket }[];
  further: { request: HeldRequest; packet: WritePacket; place: number }[];
  errors: WireError[];
}

/** A turn that Redis has not answered. */
interface UnsettledTurn {
  turn: FinishedTurn;
  /** Sent, but not answered. */
  flying: boolean;
  /** Characters of its replies. */
  size: number;
}

export interface ReplyWriterOptions {
  link: RedisLink;
  keys: TransportKeys;
  group: string;
  serializer: Serializer;
  logger: LoggerService;
  /** Redis's clock, ms. */
  now: () => number;
  /** Called when Redis has settled these entries: they are no longer in hand. */
  onSettled: (entryIds: string[]) => void;
  /** Called when Redis has stored these outcomes. */
  onKept?: (outcomes: readonly KeyOutcome[]) => void;
}

/**
 * Sends the replies and finished requests of one turn of the event loop as one atomic step.
 *
 * A turn that Redis has not answered is sent again, in order, when the connection is back: a second acknowledgement does
 * nothing, and clients drop packets that they have seen. So a broken connection loses no reply and causes no request to be
 * handled again. A reply that nobody received, because its client is just reconnecting, is published again.
 */
export class ReplyWriter {
  private replies = new Map<string, ClientReplies>();
  private finished: HeldEntry[] = [];
  private marks = new Map<HeldEntry, number[]>();
  private outcomes: KeyOutcome[] = [];
  private isScheduled = false;
  /** Values of this turn that are not the first of their reply. */
  private furtherCount = 0;
  private unsettledSize = 0;
  private againTimer?: NodeJS.Timeout;
  private readonly unsettled = new SerialMap<UnsettledTurn>();
  private readonly unheard: UnheardReplies;
  private settledWaiters: (() => void)[] = [];
  /** Steps sent, including repetitions. */
  sentCount = 0;
  /** The number of the current turn. While it lasts, packets that were added in it may still change. */
  turn = 0;

  constructor(private readonly options: ReplyWriterOptions) {
    options.link.on('ready', () => this.sendAgain());
    this.unheard = new UnheardReplies(options.now, (replies) =>
      this.submit({ entries: [], outcomes: [], replies, marks: [] }),
    );
  }

  /**
   * Whether no more should be added to replies of several values. What has but one value is bounded by what is in hand; these
   * are not, and Redis may be away for long.
   */
  get isFull(): boolean {
    return this.furtherCount >= MOST_FURTHER || this.unsettledSize > MOST_UNSETTLED;
  }

  /** Adds a packet of a reply. */
  reply(request: HeldRequest, packet: WritePacket): void {
    const replies = this.repliesTo(request);
    const place = request.replied++;
    if (place === 0) replies.first.push({ request, packet });
    else {
      replies.further.push({ request, packet, place });
      this.furtherCount++;
    }
    this.schedule();
  }

  /** Ends a request with an error of the transport. */
  error(request: HeldRequest, code: RedisTransportErrorCode, message: string, details?: WireError[3]): void {
    const error: WireError = [request.id, code, message];
    if (details) error.push(details);
    this.repliesTo(request).errors.push(error);
    this.schedule();
  }

  /** Ends a request that needs nothing more than what was added for it before. */
  finish(request: HeldRequest, outcome?: KeyOutcome): void {
    const { entry } = request;
    if (outcome) this.outcomes.push(outcome);
    if (--entry.left === 0) {
      this.finishEntry(entry);
      return;
    }
    const marks = this.marks.get(entry);
    if (marks) marks.push(request.index);
    else this.marks.set(entry, [request.index]);
    this.schedule();
  }

  /** Leaves a request to the replica that has taken its entry over. */
  abandon({ entry }: HeldRequest): void {
    entry.isLost = true;
    if (--entry.left === 0) this.finishEntry(entry);
  }

  /** Ends an entry that needs no more handling. */
  finishEntry(entry: HeldEntry): void {
    if (entry.isLost) {
      this.marks.delete(entry);
      this.options.onSettled([entry.id]);
      return;
    }
    this.finished.push(entry);
    this.marks.delete(entry);
    this.schedule();
  }

  /** Resolves when Redis has stored everything. */
  whenSettled(): Promise<void> {
    if (!this.isScheduled && this.unsettled.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.settledWaiters.push(resolve));
  }

  close(): void {
    clearTimeout(this.againTimer);
    this.unheard.close();
    for (const [number] of this.unsettled.entries()) this.unsettled.delete(number);
    this.unsettledSize = 0;
    this.settle();
  }

  private repliesTo(request: HeldRequest): ClientReplies {
    const { entry } = request;
    let replies = this.replies.get(entry.clientId);
    if (!replies) {
      replies = { sharded: entry.sharded, until: 0, first: [], further: [], errors: [] };
      this.replies.set(entry.clientId, replies);
    }
    if (request.deadline > replies.until) replies.until = request.deadline;
    return replies;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.isScheduled = false;
    this.furtherCount = 0;
    this.turn++;
    const replies = this.publications();
    const turn: FinishedTurn = {
      entries: this.finished,
      outcomes: this.outcomes,
      replies,
      marks: [...this.marks].map(([entry, indexes]) => {
        entry.marked = true;
        return [entry.id, indexes.join(',')];
      }),
    };
    this.replies = new Map();
    this.finished = [];
    this.outcomes = [];
    this.marks = new Map();
    this.submit(turn);
  }

  /** The replies of this turn. What is too much for one command is submitted before: a reply may precede its settlement. */
  private publications(): Publication[] {
    let publications: Publication[] = [];
    let size = 0;
    for (const [clientId, replies] of this.replies) {
      const { sharded, until } = replies;
      for (const body of this.encode(replies)) {
        if (size > 0 && size + body.length > TURN_FULL) {
          this.submit({ entries: [], outcomes: [], replies: publications, marks: [] });
          publications = [];
          size = 0;
        }
        size += body.length;
        publications.push({ sharded, channel: this.options.keys.reply(clientId), body, until });
      }
    }
    return publications;
  }

  private submit(turn: FinishedTurn): void {
    let size = 0;
    for (const { body } of turn.replies) size += body.length;
    this.unsettledSize += size;
    this.send(this.unsettled.add({ turn, flying: false, size }));
  }

  /** The replies to one client as JSON, usually as one text. */
  private encode({ first, further, errors }: ClientReplies): string[] {
    const bodies = new ReplyBodies();
    for (const { request, packet } of first) bodies.add('r', this.stringify(request, packet));
    for (const { request, packet, place } of further) {
      bodies.add('m', `[${place},${this.stringify(request, packet)}]`);
    }
    for (const error of errors) bodies.add('e', JSON.stringify(error));
    return bodies.end();
  }

  /** A value that JSON cannot represent is its handler's fault: its request fails, the others of the turn do not. */
  private stringify(request: HeldRequest, packet: WritePacket): string {
    const { serializer, logger } = this.options;
    try {
      const serialized: unknown = serializer.serialize(Object.assign(packet, { id: request.id }));
      if (isPromise(serialized)) throw new TypeError('The serializer of a server must not be asynchronous');
      const json = JSON.stringify(serialized);
      // JSON.stringify gives undefined for what it cannot represent at all.
      if (typeof json !== 'string')
        throw new TypeError('The serializer gave nothing that JSON can represent');
      if (json.length > MAX_PACKET) throw new RangeError(`A reply has more than ${MAX_PACKET} characters`);
      return json;
    } catch (error) {
      logger.error(error);
      const err = { status: 'error', message: 'Internal server error' };
      return JSON.stringify({ err, isDisposed: true, id: request.id });
    }
  }

  private send(number: number): void {
    const { link, keys, group } = this.options;
    const unsettled = this.unsettled.get(number);
    if (!link.ready || !unsettled) return;
    unsettled.flying = true;
    this.sentCount++;
    const names = { requests: keys.requests(), partial: keys.partial(), depth: keys.depth() };
    link
      .run((client) => finishRequests(client, names, { group, ...unsettled.turn }))
      .then(
        (unheard) => {
          this.unheard.keep(unheard);
          if (unsettled.turn.outcomes.length > 0) this.options.onKept?.(unsettled.turn.outcomes);
          this.settled(number, unsettled);
        },
        (error: unknown) => this.failed(number, unsettled, error),
      )
      .catch((error: unknown) => this.options.logger.error(error));
  }

  private settled(number: number, { turn: { entries }, size }: UnsettledTurn): void {
    if (this.unsettled.delete(number)) this.unsettledSize -= size;
    if (entries.length > 0) this.options.onSettled(entries.map((entry) => entry.id));
    this.settle();
  }

  private failed(number: number, unsettled: UnsettledTurn, error: unknown): void {
    const kind = faultKind(error);
    if (kind === 'lost' || kind === 'not-now' || kind === 'full') {
      unsettled.flying = false;
      this.scheduleAgain();
      return;
    }
    // The group is gone (and with it the claim on the entries), or Redis will never accept this. When the entries are no
    // longer in hand, those that are still pending are taken over, tried again, and in the end set aside.
    this.options.logger.error(error);
    this.settled(number, unsettled);
  }

  private scheduleAgain(): void {
    this.againTimer ??= setTimeout(() => {
      this.againTimer = undefined;
      this.sendAgain();
    }, AGAIN_AFTER_MS);
  }

  private sendAgain(): void {
    for (const [number, { flying }] of this.unsettled.entries()) if (!flying) this.send(number);
  }

  private settle(): void {
    if (this.isScheduled || this.unsettled.size > 0) return;
    const waiters = this.settledWaiters;
    this.settledWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
