/** The most members of whom it is known how far they have read: a server tells it of channels of at most 100. */
const MOST_MEMBERS = 1_000;

/** How far the members of a channel have read it. A position only grows. */
export class Reads {
  private seqs: ReadonlyMap<string, number> = new Map();

  /** By user. */
  get all(): ReadonlyMap<string, number> {
    return this.seqs;
  }

  /** What the server says as a connection begins to follow the channel. Nothing: the channel has too many members. */
  begin(reads: readonly { readonly userUUID: string; readonly seq: number }[] = []): void {
    this.seqs = new Map(reads.slice(0, MOST_MEMBERS).map(({ userUUID, seq }) => [userUUID, seq]));
  }

  /** @returns whether it says anything new. */
  take({ userUUID, seq }: { readonly userUUID: string; readonly seq: number }): boolean {
    const known = this.seqs.get(userUUID);
    if (known === undefined ? this.seqs.size >= MOST_MEMBERS : known >= seq) return false;
    this.seqs = new Map(this.seqs).set(userUUID, seq);
    return true;
  }
}
