import type { PresentConnection } from '@parley/contracts';

/** A batch of the clean-up after a gateway. */
export interface EndedBatch {
  /** Connections that are still counted. */
  readonly left: number;
  /** Users who are offline since, of this batch or of one whose replica died before it told anybody. */
  readonly departed: readonly string[];
}

/** Injection token of {@link Presence}. */
export const PRESENCE = Symbol('presence');

/** Who is online, by which gateway's connections, and which gateways live. */
export interface Presence {
  /** Which of `UUIDs` are online, in that order. */
  online(UUIDs: readonly string[]): Promise<boolean[]>;
  /** Notes a connection, idempotently; answers whether it is the user's only one. */
  connect(connection: PresentConnection): Promise<boolean>;
  /** Forgets a connection, idempotently; answers whether the user is offline. */
  disconnect(connection: PresentConnection): Promise<boolean>;
  /** Makes a gateway's lease run anew; answers whether its connections are still noted. */
  renewLease(gatewayId: string): Promise<boolean>;
  /** Gateways whose lease has run out, or whose clean-up was left off: some of them, when they are many. */
  findEnded(): Promise<string[]>;
  /**
   * Claims the clean-up after a gateway whose lease has run out, or that gives it up; false when another replica
   * has the claim or the gateway lives. A claim ends by itself when no batch follows for a while.
   */
  beginEnding(gatewayId: string, reason: 'expired' | 'given up'): Promise<boolean>;
  /** Uncounts a batch of the gateway's connections. The same `departed` come again until `forgetDeparted`. */
  endConnections(gatewayId: string): Promise<EndedBatch>;
  /** The departure of these users is published. */
  forgetDeparted(gatewayId: string, UUIDs: readonly string[]): Promise<void>;
  /** The clean-up is done and published. */
  finishEnding(gatewayId: string): Promise<void>;
}
