import type { WritePacket } from '@nestjs/microservices';
import { claimKeys } from '../redis/claim-keys.js';
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
  /** It ran before, but its reply was too large to keep. */
  replyGone(request: HeldRequest): void;
  /**
   * The same request, sent twice by its client, is running, and that run will reply. `first` is the one that runs, if it
   * runs in this process: the client may have missed what it has replied so far.
   */
  repeated(request: HeldRequest, first?: HeldRequest): void;
  /** Another request with the key is running at another replica. */
  inProgress(request: HeldRequest): void;
  refused(request: HeldRequest, error: RedisTransportError): void;
}

interface Running {
  request: HeldRequest;
  claim: string;
  /** Requests with the same key that arrived meanwhile. */
  joined: HeldRequest[];
  isClaimed: boolean;
}

export interface IdempotencyGateOptions {
  link: RedisLink;
  keys: TransportKeys;
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
 * A key's value is first a claim (`C<origin>|<replica>|<asker>`), which lapses if its replica dies, then the reply
 * (`V<packets as JSON>`). Only a reply without an error is kept: an error gives the claim up, so that a later try with the
 * key runs the handler again. Otherwise a temporary fault would last as long as the key.
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
    const claim = `C${request.origin}|${this.options.consumer}|${request.asker}`;
    const running = { request, claim, joined: [], isClaimed: false };
    this.running.set(key, running);
    this.waiting.push(running);
    if (this.waiting.length === 1) setImmediate(() => void this.claimAll());
  }

  /** The keys to renew while their requests run. */
  claimedKeys(): string[] {
    const keys: string[] = [];
    for (const [key, { isClaimed }] of this.running) if (isClaimed) keys.push(key);
    return keys;
  }

  /** Ends the run of a request. Returns what to store, and the requests that get the same reply. */
  leave(request: HeldRequest, packets: WritePacket[]): { outcome: KeyOutcome; joined: HeldRequest[] } {
    const key = this.keyOf(request);
    const running = this.running.get(key)!;
    this.running.delete(key);
    const failed = packets.some((packet) => packet.err);
    const reply = failed ? '' : this.encode(packets);
    return {
      outcome: { key, claim: running.claim, reply, ttlMs: this.options.ttlMs },
      joined: running.joined,
    };
  }

  private keyOf(request: HeldRequest): string {
    return this.options.keys.done(request.idempotencyKey!);
  }

  private encode(packets: WritePacket[]): string {
    const json = JSON.stringify(packets.map(({ response, isDisposed }) => ({ response, isDisposed })));
    return json.length > this.options.maxStoredReplyBytes ? 'V' : `V${json}`;
  }

  private join(running: Running, request: HeldRequest): void {
    if (running.request.asker === request.asker) {
      this.options.verdicts.repeated(request, running.request);
    } else running.joined.push(request);
  }

  private async claimAll(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    const { link, leaseMs } = this.options;
    try {
      const keys = waiting.map(({ request }) => this.keyOf(request));
      const claims = waiting.map(({ claim }) => claim);
      const found = await link.run((client) => claimKeys(client, keys, { claims, leaseMs }));
      waiting.forEach((running, at) => {
        this.decide(running, found[at] ?? '');
      });
    } catch (error) {
      await this.claimLater(waiting, error);
    }
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
    } else if (found === 'V') {
      this.giveUp(running, (request) => verdicts.replyGone(request));
    } else if (found.startsWith('V')) {
      const packets = JSON.parse(found.slice(1)) as WritePacket[];
      this.giveUp(running, (request) => verdicts.replay(request, packets));
    } else {
      const asker = found.split('|')[2];
      this.giveUp(running, (request) =>
        request.asker === asker ? verdicts.repeated(request) : verdicts.inProgress(request),
      );
    }
  }

  /** The joined requests get what the one that they joined gets. */
  private giveUp(running: Running, verdict: (request: HeldRequest) => void): void {
    this.running.delete(this.keyOf(running.request));
    for (const request of [running.request, ...running.joined]) verdict(request);
  }
}
