import type { InboxPosition, Socket } from '@parley/client';
import type { User } from '@parley/protocol';

/** Who has written to the user, the last first, and up to where the inbox was read for it. */
export interface Past {
  readonly partners: readonly User[];
  readonly position: InboxPosition | undefined;
}

/** How many items of the inbox are read back by a browser that has not read it before. */
const ITEMS_BACK = 200;
const PATIENCE_MS = 10_000;

interface Frame {
  readonly type: string;
  readonly inbox?: InboxPosition & { readonly recovered: boolean };
  readonly inboxItem?: {
    readonly seq: number;
    readonly message?: { readonly RecipientUUID: string; readonly Sender: User };
  };
}

/**
 * Who has written to the user since this browser read the inbox last, or lately if it never has. A position before the newest items
 * brings them again, here on a connection of its own, because that of the client goes on from the newest.
 */
export function pastPartners(
  socket: Socket,
  accessKey: string,
  since: InboxPosition | undefined,
): Promise<Past> {
  return new Promise((resolve) => {
    const reader = new InboxReader(socket, since);
    const timer = setTimeout(() => socket.close(), PATIENCE_MS);
    socket.onopen = () => reader.ask('resume', { accessKey });
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (reader.receive(JSON.parse(String(data)) as Frame)) socket.close();
    };
    socket.onclose = () => {
      clearTimeout(timer);
      resolve(reader.past());
    };
  });
}

class InboxReader {
  private readonly found = new Map<string, User>();
  private head: InboxPosition | undefined;

  constructor(
    private readonly socket: Socket,
    private since: InboxPosition | undefined,
  ) {}

  past = (): Past => ({ partners: [...this.found.values()].reverse(), position: this.head });

  ask(type: string, payload: object): void {
    this.socket.send(JSON.stringify({ type, id: type, [type]: payload }));
  }

  /** @returns whether all is read. */
  receive({ type, inbox, inboxItem }: Frame): boolean {
    if (type === 'resumed') this.ask('inbox', this.since ?? {});
    if (inboxItem) return this.takeItem(inboxItem);
    return inbox ? this.takeHead(inbox) : type === 'error';
  }

  private takeHead({ epoch, seq, recovered }: NonNullable<Frame['inbox']>): boolean {
    const isFirst = this.head === undefined;
    const { since } = this;
    this.head = { epoch, seq };
    if (since !== undefined && recovered) return since.seq >= seq;
    // The items are not kept that long, or this is the first time: the newest ones then.
    if (!isFirst || seq === 0) return true;
    this.since = { epoch, seq: Math.max(0, seq - ITEMS_BACK) };
    this.ask('inbox', this.since);
    return false;
  }

  private takeItem({ seq, message }: NonNullable<Frame['inboxItem']>): boolean {
    if (message?.RecipientUUID) {
      this.found.delete(message.Sender.UUID);
      this.found.set(message.Sender.UUID, message.Sender);
    }
    return seq >= (this.head?.seq ?? 0);
  }
}
