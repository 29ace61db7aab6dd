import type { Connection } from '../socket/connection.js';

/** Injection token of {@link PartnerWatch}. */
export const PARTNER_WATCH = Symbol('partner watch');

/** Takes note of whom the user of a connection talks to, for presence. */
export interface PartnerWatch {
  /** The connection follows the private channel of its user and this one. */
  met(connection: Connection, partnerUUID: string): void;
}
