import type { Acknowledged, MayLose, Seen } from './entries.js';
import { type Account, type FollowedChannel, settle } from './settlement.js';

/**
 * Keeps account of a run: what was acknowledged, what each client received and in which order, and at the end what
 * the logs hold. Nothing is judged before {@link settle}: the account is made by set difference over all of it.
 */
export class Ledger {
  private readonly acknowledged = new Map<string, Acknowledged[]>();
  private readonly followed = new Map<string, FollowedChannel>();
  private readonly stored = new Map<string, Seen[]>();
  private posts = 0;
  private readonly refusals: string[] = [];

  /** A client has begun to post a message under an id of its own. */
  posted(): void {
    this.posts += 1;
  }

  /** The server has acknowledged the message of that id; once more for each further ack. */
  acked(clientUUID: string, ack: Acknowledged): void {
    this.acknowledged.set(clientUUID, [...(this.acknowledged.get(clientUUID) ?? []), ack]);
  }

  /** A post ended with an error that a repetition does not change. */
  refused(reason: string): void {
    this.refusals.push(reason);
  }

  /** A client follows a channel from after `seq` on. Told again it changes nothing. */
  follows(client: string, channelUUID: string, epoch: string, seq: number): void {
    const key = `${client} ${channelUUID}`;
    if (this.followed.has(key)) return;
    const stretches = [{ epoch, received: [] }];
    this.followed.set(key, { client, channelUUID, after: seq, stretches, loaded: new Set() });
  }

  /** A message came over the wire, doubles included. Of a channel that the client does not follow it counts nothing. */
  received(client: string, { UUID, ChannelUUID, Seq }: Seen): void {
    const followed = this.followed.get(`${client} ${ChannelUUID}`);
    followed?.stretches.at(-1)?.received.push({ UUID, seq: Seq });
  }

  /** The server has told the client that its place in the log is void: what follows is a new stretch. */
  mustReload(client: string, channelUUID: string, epoch: string): void {
    this.followed.get(`${client} ${channelUUID}`)?.stretches.push({ epoch, received: [] });
  }

  /** The client has read a message from the history, because it was told to reload. */
  loaded(client: string, { UUID, ChannelUUID }: Seen): void {
    this.followed.get(`${client} ${ChannelUUID}`)?.loaded.add(UUID);
  }

  /** The Seq after which the first client followed a channel. */
  beginningOf(channelUUID: string): number {
    const followers = [...this.followed.values()].filter((each) => each.channelUUID === channelUUID);
    return Math.min(...followers.map(({ after }) => after));
  }

  /** The log of a channel at the end of the run, from its beginning. */
  holds(channelUUID: string, messages: readonly Seen[]): void {
    this.stored.set(channelUUID, [...messages]);
  }

  /** Whether some log holds a message of that text. */
  isStored(text: string): boolean {
    return [...this.stored.values()].some((log) => log.some((each) => each.Message === text));
  }

  /** How many epochs a client knows of its channels, all together. */
  epochsOf(client: string): number {
    const mine = [...this.followed.values()].filter((each) => each.client === client);
    return mine.reduce((sum, { stretches }) => sum + new Set(stretches.map(({ epoch }) => epoch)).size, 0);
  }

  /** How many posts were begun and neither acknowledged nor refused. */
  get open(): number {
    return this.posts - this.acknowledged.size - this.refusals.length;
  }

  /** @param mayLose none by default. */
  settle(mayLose: MayLose = () => false): Account {
    const { acknowledged, stored, open, refusals } = this;
    return settle({ acknowledged, stored, followed: [...this.followed.values()], open, refusals, mayLose });
  }
}
