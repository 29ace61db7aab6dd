import type { Claim } from '../report/row.js';

/** Clients beside the traffic that know what must have become of what they asked for. */
export interface Witness {
  /** Ends what they do, and enters it into the ledger: before the account is made. @returns what was found. */
  claims(): Promise<Claim[]>;
  close(): void;
}
