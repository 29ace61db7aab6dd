import type { WritePacket } from '@nestjs/microservices';
import type { Lane } from '../lanes.js';
import { claimKeys, type KeyClaim } from '../redis/claim-keys.js';
import type { KeyOutcome } from '../redis/finish-requests.js';
import type { TransportKeys } from '../redis/keys.js';
import { ConnectionLost, faultKind, transportErrorFor } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportError } from '../transport-error.js';
import type { HeldRequest } from './held-request.js';

/** How long (ms) until a claim that Redis could not store is tried again. */
const AGAIN_AFTER_MS = 50;

/** The possible decisions about a request with a key. */
export interface GateVerdicts {
  /** This request runs. */
  run(request: HeldRequest): void;
  /** It ran before: these packets are its reply. */
  replay(request: HeldRequest, packets: WritePacket[]): void;
  /** It ran before, but its reply could not be kept. */
  replyGone(request: HeldRequest): void;
  /**
   * The same request, sent twice by its client, is running, and that run will reply. `first` is the one that runs, if it
   * runs in this process: the client may have missed what it has replied so far.
   */
  repeated(request: HeldRequest, first?: HeldRequest): void;
  /** Another request with the key is running at another replica. */
  inProgress(request: HeldRequest): void;
  /** Another replica has taken this request over, and runs it. */
  takenOver(request: HeldRequest): void;
  /** The decision itself failed. */
  failed(request: HeldRequest, error: unknown): void;
  refused(request: HeldRequest, error: RedisTransportError): void;
}

interface Running extends KeyClaim {
  request: HeldRequest;
  /** Requests with the same key that arrived meanwhile. */
  joined: HeldRequest[];
  isClaimed: boolean;
}

export interface IdempotencyGateOptions {
  link: RedisLink;
  keys: TransportKeys;
  lane: Lane;
  /** The consumer group of the service. */
  group: string;
  /** Names this replica. */
  consumer: string;
  /** How long a claim outlives its last renewal: the time for which a silent replica counts as alive. */
  leaseMs: number;
  ttlMs: number;
  maxStoredReplyBytes: number;
  /** Whether the request's deadline has passed. */
  isLate: (request: HeldRequest) => boolean;
  verdicts: GateVerdicts;
}

/**
 * Lets one of the requests with the same idempotency key through.
 *
 * A key's value is first a claim (`C<origin>|<replica>|<asker>`, with `later/` before the origin in that lane), which lapses if
 * its replica dies, then the reply (`V<packets as JSON>`). Only a reply without an error is kept: an error gives the claim up, so
 * that a later try with the key runs the handler again. Otherwise a temporary fault would last as long as the key.
 */
export class IdempotencyGate {
  private readonly running = new Map<string, Running>();
  private waiting: Running[] = [];

  constructor(private readonly options: IdempotencyGateOptions) {}

  /** Decides about a request, asynchronously. The requests of one turn are claimed together. */
  enter(request: HeldRequest): void {
    const key = this.keyOf(request);
    const current = this.running.get(key);
    if (current) {
      this.join(current, request);
      return;
    }
    const claim = `${this.claimOf(request)}|${this.options.consumer}|${request.asker}`;
    const entryId = request.entry.id;
    const running = { key, claim, entryId, request, joined: [], isClaimed: false };
    this.running.set(key, running);
    this.waiting.push(running);
    if (this.waiting.length === 1) setImmediate(() => void this.claimAll());
  }

  /** The claims to renew while their requests run. */
  claims(): KeyClaim[] {
    return [...this.running.values()].filter(({ isClaimed }) => isClaimed);
  }

  /** Another replica has these: its reply counts, and nobody waits any more for the run here, which may never end. */
  lose(claims: readonly Omit<KeyClaim, 'entryId'>[]): void {
    for (const { key, claim } of claims) {
      const running = this.running.get(key);
      if (running?.claim !== claim) continue;
      this.running.delete(key);
      running.request.entry.isLost = true;
      for (const request of running.joined) this.enter(request);
    }
  }

  /** Ends the run of a request. Returns what to store, and the requests that get the same reply. */
  leave(
    request: HeldRequest,
    packets: WritePacket[],
    isTooLong: boolean,
  ): { outcome?: KeyOutcome; joined: HeldRequest[] } {
    const running = this.running.get(this.keyOf(request));
    if (running?.request !== request) return { joined: [] };
    const { key, claim, entryId, joined } = running;
    this.running.delete(key);
    const failed = packets.some((packet) => packet.err);
    const whole = isTooLong ? 'V' : this.encode(packets);
    const reply = failed ? '' : whole;
    return { outcome: { key, claim, entryId, reply, ttlMs: this.options.ttlMs }, joined };
  }

  /** What claims of the same request begin with. Entries of two lanes may have the same id, and the lanes share the keys. */
  private claimOf({ origin }: HeldRequest): string {
    return this.options.lane === 'now' ? `C${origin}` : `C${this.options.lane}/${origin}`;
  }

  private keyOf(request: HeldRequest): string {
    return this.options.keys.done(request.idempotencyKey!);
  }

  /** Of a reply that cannot be kept only the fact is: its handler has had its effect. */
  private encode(packets: WritePacket[]): string {
    try {
      const json = JSON.stringify(packets.map(({ response, isDisposed }) => ({ response, isDisposed })));
      return json.length > this.options.maxStoredReplyBytes ? 'V' : `V${json}`;
    } catch {
      // The caller gets an error: the reply writer finds, and logs, that JSON cannot hold the reply.
      return 'V';
    }
  }

  private join(running: Running, request: HeldRequest): void {
    if (running.request.asker === request.asker) {
      this.options.verdicts.repeated(request, running.request);
    } else running.joined.push(request);
  }

  private async claimAll(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    const { link, keys, group, consumer, leaseMs } = this.options;
    let found: string[];
    try {
      const claims = { group, consumer, leaseMs, claims: waiting };
      found = await link.run((client) => claimKeys(client, { requests: keys.requests() }, claims));
    } catch (error) {
      await this.claimLater(waiting, error);
      return;
    }
    waiting.forEach((running, at) => {
      try {
        this.decide(running, found[at] ?? '');
      } catch (error) {
        this.giveUp(running, (request) => this.options.verdicts.failed(request, error));
      }
    });
  }

  /** Redis was away. A claim may be repeated, because it contains its origin. */
  private async claimLater(waiting: Running[], error: unknown): Promise<void> {
    const { link, isLate, verdicts } = this.options;
    const kind = faultKind(error);
    if (kind === 'full' || kind === 'refused') {
      const refusal = transportErrorFor(error);
      for (const running of waiting) this.giveUp(running, (request) => verdicts.refused(request, refusal));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    await link.whenReady().catch((closed: ConnectionLost) => closed);
    for (const running of waiting) {
      if (isLate(running.request)) {
        this.giveUp(running, (request) => verdicts.refused(request, transportErrorFor(error)));
      } else if (this.waiting.push(running) === 1) {
        setImmediate(() => void this.claimAll());
      }
    }
  }

  private decide(running: Running, found: string): void {
    const { verdicts } = this.options;
    if (found === '') {
      running.isClaimed = true;
      verdicts.run(running.request);
    } else if (found.startsWith('V')) {
      const packets = storedPackets(found);
      this.giveUp(running, (request) =>
        packets ? verdicts.replay(request, packets) : verdicts.replyGone(request),
      );
    } else {
      const [origin, , ...asker] = found.split('|');
      this.giveUp(running, (request) => {
        if (this.claimOf(request) === origin) verdicts.takenOver(request);
        else if (request.asker === asker.join('|')) verdicts.repeated(request);
        else verdicts.inProgress(request);
      });
    }
  }

  /** The joined requests get what the one that they joined gets. */
  private giveUp(running: Running, verdict: (request: HeldRequest) => void): void {
    this.running.delete(this.keyOf(running.request));
    for (const request of [running.request, ...running.joined]) verdict(request);
  }
}

/** The packets of a stored reply; none if only the fact was kept, or if what was kept cannot be read. */
function storedPackets(value: string): WritePacket[] | undefined {
  try {
    const packets: unknown = JSON.parse(value.slice(1));
    return Array.isArray(packets) ? packets : undefined;
  } catch {
    return undefined;
  }
}
