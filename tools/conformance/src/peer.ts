import { type AnyFrame as Frame, TestClient } from '@parley/test-client';

export type { Frame };

/** An account that a check has created. `accessKey` belongs to the session named by the last `authorized`. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly userUUID: string;
  readonly accessKey: string;
}

type Wanted = (frame: Frame) => boolean;

export interface PeerOptions {
  /** The longest wait for any frame, in ms. */
  readonly timeoutMs: number;
  /** The address to connect from. By default the system chooses. */
  readonly localAddress?: string | undefined;
  /** Whether to answer WebSocket pings, as every client must. */
  readonly autoPong?: boolean;
}

/** One WebSocket connection of the suite. It keeps every frame, so a check may ask for one that came earlier. */
export class Peer {
  /** The code with which the connection ended. */
  readonly closed: Promise<number>;
  /** From `ready`. */
  sessionUUID = '';

  private constructor(
    private readonly client: TestClient,
    /** The frames as they arrived, for faults that a parser would hide. */
    readonly texts: readonly string[],
    private readonly timeoutMs: number,
  ) {
    this.closed = client.closed.then(({ code }) => code);
  }

  /** Connects and waits for `ready`. */
  static async connect(
    url: string,
    { timeoutMs, localAddress, autoPong = true }: PeerOptions,
  ): Promise<Peer> {
    const texts: string[] = [];
    const read = (text: string) => {
      texts.push(text);
      return parse(text);
    };
    const family = localAddress === undefined ? {} : { localAddress, family: 4 };
    const options = { timeoutMs, read, handshakeTimeout: timeoutMs, autoPong, ...family };
    const peer = new Peer(await TestClient.connect(url, options), texts, timeoutMs);
    peer.sessionUUID = (await peer.next('ready')).ready?.sessionUUID;
    return peer;
  }

  get frames(): readonly Frame[] {
    return this.client.frames;
  }

  /** Every text that this connection has sent, in order. */
  get sent(): readonly string[] {
    return this.client.sent;
  }

  /** Every `id` that this connection has sent. No other may come back. */
  get sentIds(): Set<unknown> {
    return this.client.sentIds;
  }

  get socket(): TestClient['socket'] {
    return this.client.socket;
  }

  /** Sends a frame as JSON. A string is sent as it is. */
  send(frame: Frame | string): void {
    this.client.send(frame);
  }

  /** Sends a frame with an `id` (its own or a new one) and resolves with its direct answer, even an error. */
  ask(frame: Frame): Promise<Frame> {
    return named(`the answer to ${frame.type}`, this.client.ask(frame));
  }

  /** Resolves when everything that the server sent to this connection earlier has arrived. */
  async fence(): Promise<void> {
    await this.ask({ type: 'ping' });
  }

  /**
   * The first frame of that type (or that the predicate accepts) that no earlier call has returned. It may have
   * arrived already or be still to come. Rejects when it does not come in time or the connection ends first.
   */
  next(wanted: string | Wanted, what = typeof wanted === 'string' ? wanted : 'a frame'): Promise<Frame> {
    return named(what, this.client.next(wanted));
  }

  /** How many of the frames received satisfy the predicate. */
  count(wanted: Wanted): number {
    return this.frames.filter(wanted).length;
  }

  /** The code with which the server closes the connection. Rejects when it does not do so in time. */
  async closeCode(): Promise<number> {
    const { timeoutMs } = this;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it is still open after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection with a closing handshake. */
  close(): Promise<void> {
    return this.client.close();
  }
}

/** Names the missing frame in the message of a failure. */
async function named(what: string, frame: Promise<Frame>): Promise<Frame> {
  try {
    return await frame;
  } catch (error) {
    throw new Error(`${what} did not come: ${(error as Error).message}`, { cause: error });
  }
}

/** A frame that is not a JSON object is kept under a type that nothing waits for. */
function parse(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Frame;
  } catch {
    // Reported with all other malformed frames when the check ends.
  }
  return { type: 'unreadable', text };
}
