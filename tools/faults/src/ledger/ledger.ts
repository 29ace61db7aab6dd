import type { Acknowledged, MayLose, Seen } from './entries.js';
import { type Account, type FollowedChannel, settle } from './settlement.js';

/**
 * Records a run: what was acknowledged, what each client received in which order, and at the end what the logs hold.
 * {@link settle} judges it, by set difference over all of it.
 */
export class Ledger {
  private readonly acknowledged = new Map<string, Acknowledged[]>();
  private readonly followed = new Map<string, FollowedChannel>();
  private readonly stored = new Map<string, Seen[]>();
  private posts = 0;
  private reloads = 0;
  private readonly refusals: string[] = [];

  /** A client begins to post a message. */
  posted(): void {
    this.posts += 1;
  }

  /** The server has acknowledged the message with that id. Called for each ack. */
  acked(clientUUID: string, ack: Acknowledged): void {
    this.acknowledged.set(clientUUID, [...(this.acknowledged.get(clientUUID) ?? []), ack]);
  }

  /** A post ended with an error that a retry would not change. */
  refused(reason: string): void {
    this.refusals.push(reason);
  }

  /** A client follows a channel from the message after `seq` on. Later calls for the same channel change nothing. */
  follows(client: string, channelUUID: string, epoch: string, seq: number): void {
    const key = `${client} ${channelUUID}`;
    if (this.followed.has(key)) return;
    const stretches = [{ epoch, received: [] }];
    this.followed.set(key, { client, channelUUID, after: seq, stretches, loaded: new Set() });
  }

  /** A message came over the wire, duplicates included. Ignored when the client does not follow the channel. */
  received(client: string, { UUID, ChannelUUID, Seq }: Seen): void {
    const followed = this.followed.get(`${client} ${ChannelUUID}`);
    followed?.stretches.at(-1)?.received.push({ UUID, seq: Seq });
  }

  /** The client's place in the log is void: a new stretch begins. */
  mustReload(client: string, channelUUID: string, epoch: string): void {
    this.reloads += 1;
    this.continues(client, channelUUID, epoch);
  }

  /** From now on, the client receives the messages of another epoch. */
  continues(client: string, channelUUID: string, epoch: string): void {
    this.followed.get(`${client} ${channelUUID}`)?.stretches.push({ epoch, received: [] });
  }

  /** A client has lost its connection. It learns the epoch of what it receives next at the end of its resume. */
  disconnected(client: string): void {
    for (const { client: name, stretches } of this.followed.values())
      if (name === client) stretches.push({ epoch: stretches.at(-1)!.epoch, received: [] });
  }

  /** A client has resumed a channel: what it received since it was disconnected belongs to this epoch. */
  resumed(client: string, channelUUID: string, epoch: string): void {
    const last = this.followed.get(`${client} ${channelUUID}`)?.stretches.at(-1);
    if (last !== undefined) last.epoch = epoch;
  }

  /** The client has read a message from the history in order to reload. */
  loaded(client: string, { UUID, ChannelUUID }: Seen): void {
    this.followed.get(`${client} ${ChannelUUID}`)?.loaded.add(UUID);
  }

  /** The lowest Seq after which a client followed the channel. */
  beginningOf(channelUUID: string): number {
    const followers = [...this.followed.values()].filter((each) => each.channelUUID === channelUUID);
    return Math.min(...followers.map(({ after }) => after));
  }

  /** The log of a channel at the end of the run, from its beginning. */
  holds(channelUUID: string, messages: readonly Seen[]): void {
    this.stored.set(channelUUID, [...messages]);
  }

  /** Whether a log holds a message with that text. */
  isStored(text: string): boolean {
    return [...this.stored.values()].some((log) => log.some((each) => each.Message === text));
  }

  /** How many epochs a client knows, over all of its channels. */
  epochsOf(client: string): number {
    const mine = [...this.followed.values()].filter((each) => each.client === client);
    return mine.reduce((sum, { stretches }) => sum + new Set(stretches.map(({ epoch }) => epoch)).size, 0);
  }

  /** How often a client was told to reload a channel. */
  get reloadCount(): number {
    return this.reloads;
  }

  /** How many posts were neither acknowledged nor refused. */
  get open(): number {
    return this.posts - this.acknowledged.size - this.refusals.length;
  }

  /** Makes the account. @param mayLose which acknowledged messages may be lost; none by default. */
  settle(mayLose: MayLose = () => false): Account {
    const { acknowledged, stored, open, refusals } = this;
    return settle({ acknowledged, stored, followed: [...this.followed.values()], open, refusals, mayLose });
  }
}
