import type { Dialect, Needs } from '../dialect.js';
import type { Seat } from '../seating.js';
import type { Stamp } from '../stamp.js';
import type { Found } from '../wire/found.js';
import type { Line } from '../wire/line.js';
import { byPassword, keepAccounts, type ParleyAccount } from './accounts.js';
import { asks, type ChannelEpoch, frameOf } from './frames.js';
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
  /** The epoch in which each connection counts. A failover reaches them at different moments. */
  private readonly epochs = new WeakMap<Line, string>();
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
      this.epochs.set(line, epoch);
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
    const { accessKey } = this.accounts[seat.account]!;
    const channelUUID = this.channels.get(seat.room)!;
    const seq = line.account.newest(seat.room)!;
    const channels = [{ channelUUID, epoch: this.epochs.get(line)!, seq }];
    const resumed = await asks(
      line,
      { type: 'resume', resume: { accessKey, channels } },
      (frame) => frame.resumed,
    );
    for (const { recovered, epoch } of resumed.channels) {
      if (!recovered) line.refused('not recovered');
      if (epoch !== undefined) this.epochs.set(line, epoch);
    }
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
    if (frame.error !== undefined) line.refused(frame.error.name);
    if (frame.sys?.channelEpoch !== undefined) this.followEpoch(line, frame.sys.channelEpoch);
    if (frame.ack === undefined) return;
    const { Seq, ChannelUUID, clientUUID = '' } = frame.ack;
    const [, sender, number] = clientUUID.split('-');
    line.acknowledged(Number(sender), Number(number), this.rooms.get(ChannelUUID), Seq);
  }

  /** The log goes on after `from`. What the line has beyond that is lost; if it has nothing, nothing is. */
  private followEpoch(line: Line, { channelUUID, epoch, from }: ChannelEpoch): void {
    const room = this.rooms.get(channelUUID);
    if (room === undefined) return;
    this.epochs.set(line, epoch);
    if (line.account.rewind(room, from)) line.refused('lost in a new epoch');
  }
}

export default (options: unknown): ParleyDialect => new ParleyDialect((options ?? {}) as ParleyOptions);
