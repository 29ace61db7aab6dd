/** The most members of whom it is known how far they have read: a server tells it of channels of at most 100. */
const MOST_MEMBERS = 1_000;

/** How far the members of a channel have read it. A position only grows, until its log moves or the member goes. */
export class Reads {
  private seqs: ReadonlyMap<string, number> = new Map();
  /** Whether the server tells it of this channel. */
  private isTold = false;

  /** By user. */
  get all(): ReadonlyMap<string, number> {
    return this.seqs;
  }

  /**
   * What the server says as a connection begins to follow the channel: what came before it may be newer. Nothing: the channel has too
   * many members.
   */
  begin(reads?: readonly { readonly userUUID: string; readonly seq: number }[]): void {
    this.isTold = reads !== undefined;
    if (reads === undefined) this.clear();
    for (const read of reads ?? []) this.take(read);
  }

  clear(): void {
    this.seqs = new Map();
  }

  /** An entry of the log says it without a word: an author has read up to the message, and who comes has nothing to read. */
  implied(userUUID: string, seq: number): void {
    if (this.isTold) this.take({ userUUID, seq });
  }

  /** The member has gone. */
  drop(userUUID: string): void {
    const seqs = new Map(this.seqs);
    if (seqs.delete(userUUID)) this.seqs = seqs;
  }

  /** @returns whether it says anything new. */
  take({ userUUID, seq }: { readonly userUUID: string; readonly seq: number }): boolean {
    const known = this.seqs.get(userUUID);
    if (known === undefined ? this.seqs.size >= MOST_MEMBERS : known >= seq) return false;
    this.seqs = new Map(this.seqs).set(userUUID, seq);
    return true;
  }
}
