import type { PresentConnection } from '@parley/contracts';

/** One batch of the clean-up after a gateway. */
export interface EndedBatch {
  /** Connections that are still counted. */
  readonly left: number;
  /** Users who went offline with this batch, or with an earlier one whose replica died before it published them. */
  readonly departed: readonly string[];
}

/**
 * Who is online, through which gateways' connections, and which gateways are alive: of all users, or of those of one slot. Each slot
 * has its own lease of every gateway, and is cleaned up for itself.
 */
export interface Presence {
  /** Returns whether each of `UUIDs` is online, in that order. */
  online(UUIDs: readonly string[]): Promise<boolean[]>;
  /** Returns how many users are online. */
  countOnline(): Promise<number>;
  /** Notes a connection. Returns whether it is the user's only one. Idempotent. */
  connect(connection: PresentConnection): Promise<boolean>;
  /** Forgets a connection. Returns whether the user is offline. Idempotent. */
  disconnect(connection: PresentConnection): Promise<boolean>;
  /** Renews a gateway's lease. Returns whether its connections are still noted. */
  renewLease(gatewayId: string): Promise<boolean>;
  /** Returns gateways whose lease has run out or whose clean-up was abandoned; only some if there are many. */
  findEnded(): Promise<string[]>;
  /**
   * Claims the clean-up after a gateway whose lease has run out, or that gives it up. Returns false if another replica
   * has the claim or the gateway is alive. A claim lapses if no batch follows for a while.
   */
  beginEnding(gatewayId: string, reason: 'expired' | 'given up'): Promise<boolean>;
  /** Uncounts a batch of the gateway's connections. Returns the same `departed` again until `forgetDeparted`. */
  endConnections(gatewayId: string): Promise<EndedBatch>;
  /** Notes that the departure of these users is published. */
  forgetDeparted(gatewayId: string, UUIDs: readonly string[]): Promise<void>;
  /** Notes that the clean-up is done and published. */
  finishEnding(gatewayId: string): Promise<void>;
}

/** Injection token of {@link AllPresence}. */
export const PRESENCE = Symbol('presence');

/** The {@link Presence} of one slot, for the clean-up after a gateway. */
export interface PresenceSlot
  extends Pick<Presence, 'findEnded' | 'beginEnding' | 'endConnections' | 'forgetDeparted' | 'finishEnding'> {
  /** Whether the end of a gateway in this slot is its end. Others may end earlier or later. */
  isHomeOf(gatewayId: string): boolean;
}

/** The presence of all users, in one slot or many. */
export interface AllPresence
  extends Pick<Presence, 'online' | 'countOnline' | 'connect' | 'disconnect' | 'renewLease'> {
  /** The slots in which gateways end. */
  slots(): Promise<readonly PresenceSlot[]>;
}
