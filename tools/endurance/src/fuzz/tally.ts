import { decodeRequest } from '@parley/protocol';
import type { Mutant } from './mutations.js';

/** What should not have happened, and the frames that were sent last before it. */
export interface Find {
  readonly what: string;
  readonly frames: readonly { readonly as: Mutant['as']; readonly hex: string }[];
}

/** As many finds of one kind as a person reads. */
const MOST_FINDS = 5;
/** The kind of find that a fault in Redis explains. */
export const INTERNAL = 'answered with INTERNAL';

/** What the attackers did, and what they were told. */
export class Tally {
  sent = 0;
  /** Frames that are requests with every field as it should be. */
  decoded = 0;
  connections = 0;
  readonly errors: Record<string, number> = {};
  readonly closeCodes: Record<string, number> = {};
  readonly finds: Find[] = [];

  count({ as, bytes }: Mutant): void {
    this.sent += 1;
    if (as === 'text' && decodeRequest(bytes.toString()).request !== undefined) this.decoded += 1;
  }

  refused(name: string): void {
    this.errors[name] = (this.errors[name] ?? 0) + 1;
  }

  closed(code: number): void {
    this.closeCodes[code] = (this.closeCodes[code] ?? 0) + 1;
  }

  find(what: string, frames: readonly Mutant[]): void {
    if (this.finds.filter((find) => find.what === what).length < MOST_FINDS)
      this.finds.push({ what, frames: frames.map(({ as, bytes }) => ({ as, hex: bytes.toString('hex') })) });
  }
}
