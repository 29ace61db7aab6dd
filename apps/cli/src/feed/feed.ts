import { ChatError, type ClientEvents, type InboxItem } from '@parley/client';
import type { Message } from '@parley/protocol';
import { itemText } from '../output/item-text.js';
import { messageText } from '../output/message-text.js';
import type { Printer } from '../output/printer.js';
import { ConversationNames } from '../session/conversation-names.js';
import type { Place } from '../session/places.js';
import type { SignedIn } from '../session/signed-in.js';
import { changeText } from './change-text.js';
import { missedMessages } from './missed-messages.js';

/** How many messages are remembered as shown. */
const MOST_SHOWN = 1000;

/**
 * Prints what happens in channels, in its order. After a lost connection it goes on where it was. Where messages may be missing, it says so and
 * reads what is there, before anything newer.
 */
export class Feed {
  /** Resolves when the feed has ended and everything is printed. Rejects with what ended it otherwise. */
  readonly ended: Promise<void>;
  private readonly names: ConversationNames;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  /** What is to be printed, one after the other: a name may have to be asked for. */
  private printed: Promise<void> = Promise.resolve();
  private left: number;
  /** The newest messages that were shown: a mention may be of one of them. */
  private readonly shown = new Set<string>();
  private isOver = false;
  private readonly offs: (() => void)[] = [];

  /** @param options `count`: the feed ends after so many messages. */
  constructor(
    private readonly session: SignedIn,
    private readonly printer: Printer,
    { count }: { readonly count?: number | undefined },
  ) {
    const { client, directory, me } = session;
    this.left = count ?? Number.POSITIVE_INFINITY;
    this.names = new ConversationNames(client, directory, me.userUUID);
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever waits for it may come later.
    this.ended.catch(() => undefined);
  }

  /** Begins with these channels and, if asked, with the user's inbox. @throws ChatError. */
  async begin(places: readonly Place[], hasInbox: boolean): Promise<void> {
    this.hear();
    const channels: object[] = [];
    for (const { target, title } of places) {
      const { channelUUID, seq } = await this.session.client.subscribe(target);
      this.names.note(channelUUID, title);
      channels.push({ channel: title, channelUUID, seq });
    }
    if (hasInbox) await this.session.client.inbox();
    this.print(() => this.printer.say({ event: 'listening', channels }, ''));
    this.printer.note(`listening to ${places.map(({ title }) => title).join(', ')}; Ctrl-C ends it`);
  }

  /** Ends it when everything that has come is printed. */
  end(): void {
    this.print(async () => this.finish());
  }

  private hear(): void {
    const { client } = this.session;
    this.offs.push(
      client.on('message', ({ message }) => this.print(() => this.sayMessage(message))),
      client.on('change', (change) => this.print(() => this.sayChange(change))),
      client.on('group', ({ news }) => this.print(() => this.printer.say({ event: 'group', news }, ''))),
      client.on('inboxItem', (item) => this.print(() => this.sayItem(item))),
      client.on('reload', (reload) => this.print(() => this.sayReload(reload))),
      client.on('inboxReload', () => this.print(() => this.sayGap('inbox'))),
      client.on('state', (event) => this.print(() => this.sayState(event))),
    );
  }

  private print(job: () => Promise<void>): void {
    this.printed = this.printed
      .then(() => (this.isOver ? undefined : job()))
      .catch((error: unknown) => this.finish(error));
  }

  private finish(error?: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const off of this.offs) off();
    if (error === undefined) this.resolve();
    else this.reject(error);
  }

  private async sayMessage(message: Message, event = 'message'): Promise<void> {
    if (this.isOver) return;
    const channel = await this.names.ofMessage(message);
    const text = this.isShown(message.UUID) ? '' : messageText(message, channel);
    await this.printer.say({ event, channel, message }, text);
    if (event !== 'message') return;
    this.left -= 1;
    if (this.left === 0) this.finish();
  }

  private isShown(UUID: string): boolean {
    if (this.shown.has(UUID)) return true;
    this.shown.add(UUID);
    if (this.shown.size > MOST_SHOWN) this.shown.delete(this.shown.keys().next().value!);
    return false;
  }

  private async sayItem(item: InboxItem): Promise<void> {
    if ((item.kind === 'message' || item.kind === 'mention') && item.message !== undefined)
      return this.sayMessage(item.message, item.kind);
    const text = await itemText(item, this.names, this.session.me.userUUID);
    await this.printer.say({ event: 'inboxItem', item }, text);
  }

  private async sayChange({ frame, message }: ClientEvents['change']): Promise<void> {
    await this.printer.say({ event: 'change', ...frame }, await changeText(frame, message, this.names));
  }

  private async sayGap(channel: string): Promise<void> {
    await this.printer.say({ event: 'gap', channel }, `… messages may be missing here: ${channel}`);
  }

  private async sayReload({ channelUUID, before, now }: ClientEvents['reload']): Promise<void> {
    const channel = await this.names.ofChannel(channelUUID);
    if (now === undefined) {
      await this.printer.say(
        { event: 'closed', channel, channelUUID },
        `${channel} is no longer open to you`,
      );
      return;
    }
    await this.sayGap(channel);
    for await (const message of missedMessages(this.session.client, before, now))
      await this.sayMessage(message);
  }

  private async sayState({ state, error }: ClientEvents['state']): Promise<void> {
    if (state === 'offline') throw error ?? ChatError.of('NOT_SIGNED_IN');
    await this.printer.say({ event: 'state', state }, '');
    this.printer.note(state === 'online' ? 'connected' : 'the connection is lost: reconnecting');
  }
}
