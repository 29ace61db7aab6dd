import type { ChatClient, ClientEvents, Position, Target } from '@parley/client';
import { LIMITS, type Message, type ServerFrame } from '@parley/protocol';
import type { Ledger } from '../ledger/ledger.js';
import { changeFrameIn, entryOf, newsEntryOf, newsIn } from '../ledger/log-entries.js';
import { chatClient } from './chat-client.js';

/** Messages per page of the history. */
const PAGE = 100;

/** A user of the traffic: a resuming client that enters every frame into the ledger. */
export class Member {
  readonly client: ChatClient;
  /** Called with each message, live or from the history. */
  onMessage: (text: string) => void = () => undefined;
  private readonly known = new Set<string>();
  private readonly targets = new Map<string, Target>();

  constructor(
    readonly name: string,
    urls: readonly string[],
    private readonly ledger: Ledger,
  ) {
    this.client = chatClient(...urls);
    this.client.on('frame', (frame) => this.enter(frame));
    this.client.on('state', ({ state }) => state === 'connecting' && this.ledger.disconnected(this.name));
    this.client.on('reload', (reload) => this.reload(reload));
  }

  get userUUID(): string {
    return this.client.session!.userUUID;
  }

  /** Follows a channel, and follows it again when the server no longer knows that. */
  async follow(target: Target): Promise<Position> {
    const head = await this.client.subscribe(target);
    this.targets.set(head.channelUUID, target);
    return head;
  }

  /**
   * Posts a text with a unique beginning, and enters the result. Resolves when the result is known; never rejects.
   * @returns the UUID of the message; undefined when it was refused.
   */
  async post(target: Target, text: string): Promise<string | undefined> {
    const clientUUID = text.slice(0, LIMITS.clientIdCharacters);
    this.ledger.posted();
    try {
      const { UUID, ChannelUUID, Seq, CreatedAt } = await this.client.post(target, text, { clientUUID });
      const storedAt = Date.parse(CreatedAt);
      this.ledger.acked(clientUUID, { UUID, channelUUID: ChannelUUID, seq: Seq, storedAt });
      return UUID;
    } catch (error) {
      this.ledger.refused(`${clientUUID}: ${error}`);
      return undefined;
    }
  }

  /** Enters a channel's log, from where the first client began to follow. */
  async readLog(channelUUID: string): Promise<void> {
    const messages: Message[] = [];
    for (let hasMore = true; hasMore; ) {
      const after = messages.at(-1)?.Seq ?? this.ledger.beginningOf(channelUUID);
      const page = await this.client.history({ channelUUID }, { after, limit: PAGE });
      messages.push(...page.messages);
      ({ hasMore } = page);
    }
    this.ledger.holds(channelUUID, messages);
  }

  private enter(frame: ServerFrame): void {
    const change = frame.id === undefined ? changeFrameIn(frame) : undefined;
    const news = newsIn(frame);
    if (frame.type === 'channelMessage') this.received(frame.channelMessage);
    else if (change !== undefined) this.ledger.received(this.name, entryOf(change));
    else if (news !== undefined) this.ledger.received(this.name, newsEntryOf(news));
    else if (frame.type === 'subscribed' && frame.id !== undefined) this.follows(frame.subscribed);
    else if (frame.type === 'sys' && frame.sys.type === 'channelEpoch') {
      const { channelUUID, epoch } = frame.sys.channelEpoch;
      this.ledger.continues(this.name, channelUUID, epoch);
    } else if (frame.type === 'resumed')
      for (const { channelUUID, epoch } of frame.resumed.channels)
        if (epoch !== undefined) this.ledger.resumed(this.name, channelUUID, epoch);
  }

  private follows({ channelUUID, epoch, seq }: Position): void {
    this.ledger.follows(this.name, channelUUID, epoch, seq);
  }

  private received(message: Message): void {
    this.ledger.received(this.name, message);
    this.known.add(message.UUID);
    this.onMessage(message.Message);
  }

  private reload({ channelUUID, now }: ClientEvents['reload']): void {
    if (now === undefined) {
      const target = this.targets.get(channelUUID);
      if (target !== undefined) void this.follow(target).catch(() => undefined); // as for `load`
      return;
    }
    this.ledger.mustReload(this.name, channelUUID, now.epoch);
    void this.load(channelUUID, now.seq).catch(() => undefined); // closed meanwhile: the ledger finds what is missing
  }

  /** Reads back from `upTo` until it reaches a known message. */
  private async load(channelUUID: string, upTo: number): Promise<void> {
    for (let before = upTo + 1; before > 1; ) {
      const { messages } = await this.client.history({ channelUUID }, { before, limit: PAGE });
      const unknown = messages.filter(({ UUID }) => !this.known.has(UUID));
      for (const message of unknown) {
        this.known.add(message.UUID);
        this.ledger.loaded(this.name, message);
        this.onMessage(message.Message);
      }
      if (unknown.length < messages.length || messages.length === 0) return;
      before = messages[0]!.Seq;
    }
  }
}
