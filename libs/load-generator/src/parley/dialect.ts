import type { Dialect, Needs } from '../dialect.js';
import type { Seat } from '../seating.js';
import type { Stamp } from '../stamp.js';
import type { Found } from '../wire/found.js';
import type { Line } from '../wire/line.js';
import { byPassword, keepAccounts, type ParleyAccount } from './accounts.js';
import { asks, frameOf } from './frames.js';
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
  private readonly places = new Map<number, { channelUUID: string; epoch: string }>();
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
    // With an id, so that the server tells of a new epoch: resuming needs it.
    const request = { type: 'channelJoin', id: 'join', channelJoin: { recipientUUID, limit: 1 } };
    await asks(line, request, ({ channelJoin }) => {
      if (channelJoin === undefined) return undefined;
      const { channelUUID, epoch, seq } = channelJoin;
      this.rooms.set(channelUUID, seat.room);
      this.places.set(seat.room, { channelUUID, epoch });
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
    const channels = [{ ...this.places.get(seat.room)!, seq: line.account.newest(seat.room)! }];
    const resumed = await asks(
      line,
      { type: 'resume', resume: { accessKey, channels } },
      (frame) => frame.resumed,
    );
    if (resumed.channels.some(({ recovered }) => !recovered)) line.refused('not recovered');
  }

  message(seat: Seat, text: string, { origin, sender, number }: Stamp): string {
    const place = seat.general ? '' : `"channelUUID":"${this.places.get(seat.room)!.channelUUID}",`;
    const clientUUID = `${origin}-${sender}-${number}`;
    return `{"type":"channelMessage","channelMessage":{${place}"message":"${text}","clientUUID":"${clientUUID}"}}`;
  }

  classify = (bytes: Buffer, start: number, end: number, found: Found) =>
    classifyParley(bytes, start, end, this.rooms, found);

  receive(line: Line, payload: string): void {
    const frame = frameOf(payload);
    if (frame.error !== undefined) line.refused(frame.error.name);
    if (frame.sys?.channelEpoch !== undefined) this.takeEpoch(frame.sys.channelEpoch);
    if (frame.ack === undefined) return;
    const { Seq, ChannelUUID, clientUUID = '' } = frame.ack;
    const [, sender, number] = clientUUID.split('-');
    line.acknowledged(Number(sender), Number(number), this.rooms.get(ChannelUUID), Seq);
  }

  private takeEpoch({ channelUUID, epoch }: { channelUUID: string; epoch: string }): void {
    const room = this.rooms.get(channelUUID);
    if (room !== undefined) this.places.set(room, { channelUUID, epoch });
  }
}

export default (options: unknown): ParleyDialect => new ParleyDialect((options ?? {}) as ParleyOptions);
