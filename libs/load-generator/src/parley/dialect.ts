import type { Dialect, Needs } from '../dialect.js';
import type { Seat } from '../seating.js';
import type { Stamp } from '../stamp.js';
import type { Found } from '../wire/found.js';
import type { Line } from '../wire/line.js';
import { byPassword, keepAccounts, type ParleyAccount } from './accounts.js';
import { asks, type ChannelEpoch, frameOf, ParleyError, type ParleyFrame } from './frames.js';
import { classifyParley, type Rooms } from './scan.js';

/** Options of the dialect. */
export interface ParleyOptions {
  /** Where accounts are kept from run to run. Without it every run creates its accounts, at the cost of a password hashing each. */
  readonly accountsFile?: string;
}

/** Speaks Parley's protocol: see docs/protocol.md. */
export class ParleyDialect implements Dialect {
  readonly numbering = 'server';
  private readonly rooms: Rooms = new Map();
  private readonly channels = new Map<number, string>();
  private accounts: ParleyAccount[] = [];

  constructor(private readonly options: ParleyOptions = {}) {}

  prepare(needs: Needs): Promise<ParleyAccount[]> {
    return keepAccounts(needs, this.options.accountsFile);
  }

  adopt(prepared: unknown): void {
    this.accounts = prepared as ParleyAccount[];
  }

  async enter(line: Line, seat: Seat): Promise<void> {
    await this.signIn(line, seat);
    const recipientUUID = seat.general ? '' : this.accounts[seat.partner]!.userUUID;
    // With an id: then the server says where a new epoch begins.
    const join = { type: 'channelJoin', id: 1, channelJoin: { recipientUUID, limit: 1 } };
    await asks(line, join, ({ channelJoin }) => {
      if (channelJoin === undefined) return undefined;
      const { channelUUID, epoch, seq } = channelJoin;
      this.rooms.set(channelUUID, seat.room);
      this.channels.set(seat.room, channelUUID);
      line.enters(seat.room, epoch);
      line.begins(seat.room, seq);
      return channelJoin;
    });
  }

  private async signIn(line: Line, seat: Seat): Promise<void> {
    const account = this.accounts[seat.account]!;
    if (account.accessKey === '') this.accounts[seat.account] = await byPassword(line, account);
    else {
      const { accessKey } = account;
      await asks(line, { type: 'resume', resume: { accessKey } }, (frame) => frame.resumed);
    }
  }

  /** Ends the session and its access key: the user's next visit signs in by password. */
  async leave(line: Line, seat: Seat): Promise<void> {
    await asks(line, { type: 'signOut' }, (frame) => frame.signOut);
    this.accounts[seat.account] = { ...this.accounts[seat.account]!, accessKey: '' };
  }

  async reenter(line: Line, seat: Seat): Promise<void> {
    const channelUUID = this.channels.get(seat.room)!;
    const seq = line.account.newest(seat.room)!;
    try {
      await this.resume(line, seat, { channelUUID, epoch: line.epoch!, seq });
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'SESSION_EXPIRED') throw error;
      // A fail-over may have taken the session along: then the user signs in again.
      this.accounts[seat.account] = await byPassword(line, this.accounts[seat.account]);
      await this.resume(line, seat, { channelUUID, epoch: line.epoch!, seq });
    }
  }

  /** The account moves at the moment of the answer, before any later message is read. */
  private async resume(line: Line, seat: Seat, channel: { epoch: string; seq: number; channelUUID: string }) {
    const { accessKey } = this.accounts[seat.account]!;
    const request = { type: 'resume', resume: { accessKey, channels: [channel] } };
    await asks(line, request, ({ resumed }) => {
      for (const { recovered, epoch, seq } of resumed?.channels ?? []) {
        if (epoch === undefined || seq === undefined) line.refused('the channel is not open to the user');
        else if (recovered) line.enters(seat.room, epoch);
        else line.reloads(seat.room, epoch, seq);
      }
      return resumed;
    });
  }

  message(seat: Seat, text: string, { origin, sender, number }: Stamp): string {
    const place = seat.general ? '' : `"channelUUID":"${this.channels.get(seat.room)}",`;
    const clientUUID = `${origin}-${sender}-${number}`;
    return `{"type":"channelMessage","channelMessage":{${place}"message":"${text}","clientUUID":"${clientUUID}"}}`;
  }

  classify = (bytes: Buffer, start: number, end: number, found: Found) =>
    classifyParley(bytes, start, end, this.rooms, found);

  receive(line: Line, payload: string): void {
    const frame = frameOf(payload);
    if (frame.error !== undefined) this.refused(line, frame.error);
    if (frame.sys?.channelEpoch !== undefined) this.followEpoch(line, frame.sys.channelEpoch);
    if (frame.ack === undefined) return;
    const { Seq, ChannelUUID, clientUUID = '' } = frame.ack;
    const [, sender, number] = clientUUID.split('-');
    line.acknowledged(Number(sender), Number(number), this.rooms.get(ChannelUUID), Seq);
  }

  private refused(
    line: Line,
    { name, retryable, retryAfterMs, payload }: NonNullable<ParleyFrame['error']>,
  ): void {
    const clientUUID = payload?.channelMessage?.clientUUID;
    if (!retryable || clientUUID === undefined) return void line.refused(name);
    const [, sender, number] = clientUUID.split('-');
    line.deferred(Number(sender), Number(number), name, retryAfterMs);
  }

  private followEpoch(line: Line, { channelUUID, epoch, from }: ChannelEpoch): void {
    const room = this.rooms.get(channelUUID);
    if (room !== undefined) line.goesOn(room, epoch, from);
  }
}

export default (options: unknown): ParleyDialect => new ParleyDialect((options ?? {}) as ParleyOptions);
