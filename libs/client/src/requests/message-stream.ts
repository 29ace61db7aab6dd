import type { Message } from '@parley/protocol';
import { ChatError } from '../chat-error.js';
import type { SessionKeeper } from '../session/session-keeper.js';
import type { Target } from './channel-names.js';

/** Frames after which a channel may be held no longer. */
const ENDINGS: ReadonlySet<string> = new Set(['unsubscribed', 'channelLeave', 'channelJoin']);

/**
 * The messages of a held channel as they come, for `for await`. It ends when the channel is left, and when the client is closed. It throws
 * when messages may be missing, when more wait than the buffer holds, and when the server has ended the session; what came before
 * that is read first.
 */
export class MessageStream implements AsyncIterableIterator<Message> {
  private readonly waiting: Message[] = [];
  /** Those who have asked for a message that has not come. */
  private readonly readers: Reader[] = [];
  private ending: { readonly error?: ChatError } | undefined;
  private readonly offs: (() => void)[];
  /** Whether the client holds the channel: it may be left from then on. */
  isHeld = false;

  /**
   * It takes messages at once: they may come before the code that awaits a subscription continues.
   * @param target names a channel that the client holds, or is about to.
   * @param buffer how many messages may wait to be read.
   */
  constructor(
    private readonly keeper: SessionKeeper,
    private readonly target: Target,
    private readonly buffer: number,
  ) {
    const { emitter } = keeper;
    this.offs = [
      emitter.on('message', ({ message }) => this.isHere(message.ChannelUUID) && this.take(message)),
      emitter.on('reload', (reload) => this.isHere(reload.channelUUID) && this.end(reloadError())),
      // The frame comes before what follows from it.
      emitter.on('frame', ({ type }) => ENDINGS.has(type) && queueMicrotask(() => this.endIfLeft())),
      emitter.on('state', ({ state, error }) => {
        if (state === 'offline') this.end(error?.name === 'NOT_SIGNED_IN' ? undefined : error);
      }),
    ];
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    const value = this.waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.ending !== undefined) return this.ended(this.ending);
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  /** Ends it: `break` in a loop calls it. */
  return(): Promise<IteratorResult<Message>> {
    this.waiting.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  private take(message: Message): void {
    const reader = this.readers.shift();
    if (reader !== undefined) reader.resolve({ value: message, done: false });
    else if (this.waiting.length < this.buffer) this.waiting.push(message);
    else this.end(ChatError.of('LIMIT_REACHED', `More than ${this.buffer} messages wait to be read.`));
  }

  private isHere(channelUUID: string): boolean {
    return this.keeper.names.of(this.target) === channelUUID;
  }

  private endIfLeft(): void {
    const isHeld = this.keeper.held.positions().some(({ channelUUID }) => this.isHere(channelUUID));
    if (this.isHeld && !isHeld) this.end();
  }

  private end(error?: ChatError): void {
    if (this.ending !== undefined) return;
    this.ending = { ...(error && { error }) };
    for (const off of this.offs) off();
    for (const { resolve, reject } of this.readers.splice(0)) this.ended(this.ending).then(resolve, reject);
  }

  /** It throws once, as a generator does. */
  private ended({ error }: { readonly error?: ChatError }): Promise<IteratorResult<Message>> {
    this.ending = {};
    return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }
}

interface Reader {
  readonly resolve: (result: IteratorResult<Message>) => void;
  readonly reject: (error: unknown) => void;
}

const reloadError = (): ChatError =>
  new ChatError(
    'RELOAD',
    'Messages of this channel may be missing: read its history, and begin again.',
    true,
  );
