import type { LoggerService } from '@nestjs/common';
import type { TransportKeys } from '../redis/keys.js';
import { type SetAsideRecord, setAsideEntry } from '../redis/set-aside-entry.js';
import { splitEntry } from '../redis/split-entry.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import { countField, entryTime, field, packetId, type WireError } from '../wire-format.js';
import type { HandlerHost } from './handler-host.js';
import { bodyOfOne, type DecodedEntry, type HeldRequest } from './held-request.js';
import type { ReplyWriter } from './reply-writer.js';

/** The most characters of a pattern that are kept with what is set aside. */
const MAX_PATTERN = 256;

/** An error of the transport, without the id of its request. */
type ErrorParts = [code: WireError[1], message: string, details?: WireError[3]];

export interface EntryDisposalOptions {
  service: string;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  writer: RedisLink;
  host: HandlerHost;
  replies: ReplyWriter;
  logger: LoggerService;
  onSetAside: () => void;
  /** Called when an entry is no longer in hand: it is gone, or Redis was away and the entry is taken over again. */
  onEnd: (id: string) => void;
}

/**
 * What happens to an entry that is not run as it is: a batch that was taken over is split, and what no replica survived or
 * can read is set aside. Nothing in an entry may make this fail: it would be taken over, and fail, for ever.
 */
export class EntryDisposal {
  constructor(private readonly options: EntryDisposalOptions) {}

  /** From here on each request is on its own: one that kills its replica must not count against the others. */
  async split({ entry, requests }: DecodedEntry): Promise<void> {
    const { writer, keys, service } = this.options;
    const names = { requests: keys.requests(), partial: keys.partial(), depth: keys.depth() };
    await this.attempt(entry.id, async () => {
      const bodies = requests.flatMap((request) => this.bodyOf(request));
      await writer.run((client) => splitEntry(client, names, { group: service, entry, bodies }));
    });
  }

  async setAside({ entry, requests }: DecodedEntry): Promise<void> {
    await this.attempt(entry.id, async () => {
      const known = requests[0] && this.recordOf(requests[0]);
      if (!(await this.toDead(entry, { reason: 'every replica that ran it died', ...known }))) return;
      this.options.onSetAside();
      for (const request of requests) {
        await this.answer(request, 'SET_ASIDE', `Set aside after ${entry.tries} tries`);
      }
    });
  }

  /** Sets aside an entry that is not a batch of requests. */
  async setUnreadableAside(id: string, fields: readonly string[]): Promise<void> {
    // At least 1, so that the entry leaves the stream.
    const size = Math.max(1, countField(fields, 'n', 1));
    const payload = field(fields, 'b') ?? '';
    await this.attempt(id, () => this.toDead({ id, size }, { reason: 'not a batch of requests', payload }));
  }

  /** The body of a request's own entry; none for one that cannot be handled, or is nested too deeply to be written again. */
  private bodyOf(request: HeldRequest): string[] {
    try {
      if (request.fault !== undefined) throw new Error(`A request cannot be handled: ${request.fault}`);
      return [bodyOfOne(request)];
    } catch (error) {
      this.options.logger.error(error);
      void this.answer(request, 'UNAVAILABLE', 'It cannot be taken over', { retryable: false });
      return [];
    }
  }

  private async answer(request: HeldRequest, ...[code, message, details]: ErrorParts): Promise<void> {
    try {
      request.id = packetId(await this.options.host.deserialize(request.packet)) ?? '';
    } catch {
      request.id = packetId(request.packet) ?? '';
    }
    // Without an id there is nobody to tell.
    if (request.id) this.options.replies.error(request, code, message, details);
  }

  private recordOf(request: HeldRequest): Partial<SetAsideRecord> {
    return {
      pattern: this.patternOf(request),
      tries: request.entry.tries,
      requestedAt: request.storedAt,
      payload: payloadOf(request),
      idempotencyKey: request.idempotencyKey,
    };
  }

  private toDead(entry: { id: string; size: number }, known: Partial<SetAsideRecord>): Promise<boolean> {
    const { writer, keys, service, limits } = this.options;
    const requestedAt = entryTime(entry.id);
    const record = { reason: '', pattern: '', tries: 1, requestedAt, payload: '', ...known };
    const names = { stream: keys.requests(), dead: keys.dead(), depth: keys.depth() };
    const { maxDead, maxDeadBytes } = limits;
    const aside = { group: service, entry, maxDead, maxDeadBytes, record };
    return writer.run((client) => setAsideEntry(client, names, aside));
  }

  private patternOf({ packet }: HeldRequest): string {
    const { pattern } = (packet ?? {}) as { pattern?: unknown };
    return this.options.host.findHandler(pattern).route.slice(0, MAX_PATTERN);
  }

  /** Handles an entry in hand, then drops it. If the work fails, the entry is taken over again. */
  private async attempt(id: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (faultKind(error) === 'refused') this.options.logger.error(error);
    }
    this.options.onEnd(id);
  }
}

function payloadOf({ packet }: HeldRequest): string {
  try {
    return JSON.stringify(packet);
  } catch {
    // JSON can be read at any depth, but not written.
    return '(nested too deeply)';
  }
}
