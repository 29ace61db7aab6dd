import { isDeepStrictEqual } from 'node:util';
import type { GroupNews, Position } from '@parley/client';
import type { AuditEntry, Message, ServerFrame } from '@parley/protocol';
import { eventually } from '@parley/testing';
import type { Ledger } from '../ledger/ledger.js';
import { aboutMember, newsEntryOf, newsIn } from '../ledger/log-entries.js';
import type { Member } from '../traffic/member.js';
import { WELL_DEADLINE_MS } from '../traffic/traffic.js';
import { deliveryFaults, type KickedUser } from './kicked-user.js';
import type { Kicker } from './kicker.js';
import { readWholeLog } from './read-whole-log.js';

/** What an audit keeps at least. */
const AUDITED = 1_000;

/** What happened to a member, without the place in the log: the log and the audit must tell the same. */
type Deed = readonly [type: string, userUUID: string, by: string, role: string | undefined];

/** A group whose log, audit, members and clients must agree on who was in it and when. */
export class KickedGroup {
  constructor(
    private readonly url: string,
    /** Where the log was when the owner began to follow it. */
    private readonly start: Position,
    private readonly kicker: Kicker,
    /** Devices of the owner. */
    private readonly owners: readonly Member[],
    /** Devices of the user who is kicked. */
    private readonly devices: readonly KickedUser[],
  ) {}

  /** Ends the kicks, enters every entry into the ledger, and compares. @returns what is wrong besides. */
  async settle(ledger: Ledger): Promise<string[]> {
    await this.kicker.stop();
    const { accessKey } = this.owners[0]!.client.session!;
    const frames = await readWholeLog(this.url, accessKey, this.start);
    const log = frames.flatMap((frame) => entryIn(frame) ?? []);
    ledger.holds(this.start.channelUUID, log.map(storedEntry));
    const news = log.filter((entry) => 'type' in entry);
    const kicks = news.filter(({ type }) => type === 'channelKick').map(seqOf);
    await this.everythingHasCome(this.start.seq + log.length, news);
    return [
      ...this.kicker.faults,
      ...this.done(news, ledger),
      ...this.devices.flatMap((device) => deliveryFaults(device, log.map(seqOf), kicks)),
      ...(await this.audit(news)),
    ];
  }

  /** Resolves when the owner's devices have all of it, and the user's all up to the last kick; what never comes is found later. */
  private async everythingHasCome(seq: number, news: readonly GroupNews[]): Promise<void> {
    const kicked = seqOf(news.at(-1));
    const isThere = () =>
      this.owners.every(({ client }) => client.positions.some((at) => at.seq >= seq)) &&
      this.devices.every(({ stretches }) => (stretches.at(-1)?.received.at(-1) ?? 0) >= kicked);
    await eventually(isThere, { timeoutMs: WELL_DEADLINE_MS, everyMs: 50 }).catch(() => undefined);
  }

  /** What was done is in the log: all of it, once, in its order, and where its answer says. Nothing else is. */
  private done(news: readonly GroupNews[], ledger: Ledger): string[] {
    const { done, userUUID } = this.kicker;
    const by = this.owners[0]!.userUUID;
    const expected = done.map(({ type, role }): Deed => [type, userUUID, by, role]);
    const faults = differences('the log', news.map(deedOf), expected);
    if (faults.length > 0) return faults;
    for (const [place, { type, seq }] of done.entries()) {
      const { UUID, ChannelUUID, Seq } = newsEntryOf(news[place]!);
      const ack = { UUID, channelUUID: ChannelUUID, seq: Seq, storedAt: 0 };
      ledger.posted();
      ledger.acked(`${type} ${UUID}`, ack);
      // Without a Seq, another delivery of the request had done it.
      if (seq > 0 && seq !== Seq) faults.push(`${type}: answered with ${seq}, found at ${Seq}`);
    }
    return faults;
  }

  /** The audit shows each change once, and the owner is left alone. */
  private async audit(news: readonly GroupNews[]): Promise<string[]> {
    const { channels } = this.owners[0]!.client;
    const { channelUUID } = this.start;
    const entries: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await channels.audit(channelUUID, { cursor });
      entries.push(...page.entries);
      ({ cursor } = page);
    } while (cursor !== undefined);
    const shown = entries
      .filter(({ action }) => action !== 'channelCreate')
      .map(({ action, userUUID = '', by, role }): Deed => [action, userUUID, by, role])
      .reverse();
    const expected = news.map(deedOf);
    const kept = Math.max(shown.length, Math.min(AUDITED, expected.length));
    const faults = differences('the audit', shown, expected.slice(-kept));
    const { members } = await channels.members(channelUUID);
    if (members.length !== 1) faults.push(`${members.length} members at the end`);
    return faults;
  }
}

type Entry = Message | GroupNews;

const entryIn = (frame: ServerFrame): Entry | undefined =>
  frame.type === 'channelMessage' ? frame.channelMessage : newsIn(frame);

const seqOf = (entry: Entry | undefined): number =>
  entry === undefined ? 0 : 'type' in entry ? aboutMember(entry).Seq : entry.Seq;

function deedOf(news: GroupNews): Deed {
  const { userUUID, by } = aboutMember(news);
  return [news.type, userUUID, by, news.type === 'channelRole' ? news.channelRole.role : undefined];
}

/** Each entry counts once: its time is that of a service. */
const storedEntry = (entry: Entry) =>
  'type' in entry ? newsEntryOf(entry) : { ...entry, Message: entry.UUID, CreatedAt: '' };

/** The first place where two lists differ. */
function differences(what: string, actual: readonly Deed[], expected: readonly Deed[]): string[] {
  const most = Math.max(actual.length, expected.length);
  for (let place = 0; place < most; place += 1)
    if (!isDeepStrictEqual(actual[place], expected[place]))
      return [
        `${what} has ${actual[place]} in place of ${expected[place]}: ${place + 1} of ${expected.length}`,
      ];
  return [];
}
