import { describe, expect, it } from '@jest/globals';
import type { InboxPosition, Socket } from '@parley/client';
import { pastPartners } from './past-partners.js';

const NO_EVENT = undefined as never;

/** A server of one inbox, as the wire protocol describes it. */
class InboxSocket implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror = null;
  readonly asked: object[] = [];

  /** @param oldest the Seq of the oldest item that is kept. */
  constructor(
    private readonly items: readonly { message?: object }[],
    private readonly oldest = 1,
  ) {
    queueMicrotask(() => this.onopen?.(NO_EVENT));
  }

  send(text: string): void {
    const frame = JSON.parse(text);
    this.asked.push(frame[frame.type]);
    if (frame.type === 'resume') {
      this.tell('resumed', {});
      return;
    }
    const { seq = this.items.length } = frame.inbox;
    const recovered = seq >= this.oldest - 1;
    this.tell('inbox', { epoch: 'e', seq: this.items.length, recovered });
    if (recovered)
      this.items.slice(seq).forEach((item, n) => void this.tell('inboxItem', { seq: seq + n + 1, ...item }));
  }

  close(): void {
    this.onclose?.(NO_EVENT);
  }

  private tell(type: string, payload: object): void {
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify({ type, [type]: payload }) } as never));
  }
}

const from = (Username: string, RecipientUUID = 'me') => ({
  message: { RecipientUUID, Sender: { UUID: Username, Username } },
});
const many = (count: number) => Array.from({ length: count }, (_, n) => from(`user-${n + 1}`));
const namesOf = async (socket: InboxSocket, since?: InboxPosition) =>
  (await pastPartners(socket, 'key', since)).partners.map(({ Username }) => Username);

describe('past partners', () => {
  it('are those who wrote to the user, the last first, each once', async () => {
    const socket = new InboxSocket([from('ada'), from('bob'), {}, from('group', ''), from('ada')]);
    expect(await namesOf(socket)).toEqual(['ada', 'bob']);
  });

  it('are read from the newest items of a long inbox at first, and from where it was read to later', async () => {
    const first = new InboxSocket(many(500));
    expect(await namesOf(first)).toHaveLength(200);
    expect(first.asked.at(-1)).toEqual({ epoch: 'e', seq: 300 });
    const later = new InboxSocket(many(503));
    const { partners, position } = await pastPartners(later, 'key', { epoch: 'e', seq: 500 });
    expect(partners.map(({ Username }) => Username)).toEqual(['user-503', 'user-502', 'user-501']);
    expect(position).toEqual({ epoch: 'e', seq: 503 });
  });

  it('are read from the newest items where the inbox does not reach back', async () => {
    expect(await namesOf(new InboxSocket(many(500), 250), { epoch: 'e', seq: 10 })).toHaveLength(200);
  });

  it('are none of an empty inbox, and of one with nothing new', async () => {
    expect(await namesOf(new InboxSocket([]))).toEqual([]);
    expect(await namesOf(new InboxSocket(many(3)), { epoch: 'e', seq: 3 })).toEqual([]);
  });
});
