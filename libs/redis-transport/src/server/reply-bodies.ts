import type { ReplyBatch } from '../wire-format.js';

/** Characters from which on replies go out in several publications: Redis bounds what may wait for a subscriber (32 MB). */
const BODY_FULL = 8_388_608;

/** Joins items to the bodies of publications (`ReplyBatch` in wire-format.ts), none much larger than 8 Mi characters plus one item. */
export class ReplyBodies {
  private readonly bodies: string[] = [];
  private items: string[] = [];
  private list: keyof ReplyBatch | undefined;
  private size = 0;

  /** Adds an item to a list of the batch. The items of one list come one after the other. */
  add(list: keyof ReplyBatch, json: string): void {
    if (this.size > 0 && this.size + json.length > BODY_FULL) this.close();
    if (list === this.list) this.items.push(',', json);
    else {
      this.items.push(this.list ? '],' : '{', `"${list}":[`, json);
      this.list = list;
    }
    this.size += json.length;
  }

  end(): string[] {
    this.close();
    return this.bodies;
  }

  private close(): void {
    if (!this.list) return;
    this.items.push(']}');
    // `join`, as in encode-batch.ts: the length of a string in one piece is faster to measure.
    this.bodies.push(this.items.join(''));
    this.items = [];
    this.list = undefined;
    this.size = 0;
  }
}
