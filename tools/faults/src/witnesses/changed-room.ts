import { isDeepStrictEqual } from 'node:util';
import type { ChangeFrame, ChatClient, Position, Target } from '@parley/client';
import type { Message, ServerFrame } from '@parley/protocol';
import { eventually } from '@parley/testing';
import type { Seen } from '../ledger/entries.js';
import type { Ledger } from '../ledger/ledger.js';
import { changeFrameIn, changeIn, deedOf, entryOf, markOf } from '../ledger/log-entries.js';
import type { Member } from '../traffic/member.js';
import { WELL_DEADLINE_MS } from '../traffic/traffic.js';
import type { Changer } from './changer.js';
import { shown, stateOf } from './log-state.js';
import { readWholeLog } from './read-whole-log.js';

/** Messages of a page. */
const PAGE = 100;

/** A channel whose messages are changed: what its log, its history and its clients must agree on. */
export class ChangedRoom {
  constructor(
    private readonly url: string,
    /** Where the log was when everybody began to follow it. */
    private readonly start: Position,
    private readonly changers: readonly Changer[],
    /** Clients that follow the channel, those of the changers included. */
    private readonly members: readonly Member[],
  ) {}

  /**
   * Ends the changes, enters every entry and every acknowledged change into the ledger, and compares.
   * @returns what is wrong besides.
   */
  async settle(ledger: Ledger): Promise<string[]> {
    await Promise.all(this.changers.map((changer) => changer.stop()));
    const { accessKey } = this.members[0]!.client.session!;
    const frames = await readWholeLog(this.url, accessKey, this.start);
    const entries = frames.flatMap((frame) => entryIn(frame) ?? []);
    ledger.holds(this.start.channelUUID, entries.map(storedEntry));
    await this.allAt(this.start.seq + entries.length);
    const changes = entries.filter((entry) => 'type' in entry);
    return [
      ...this.changers.flatMap(({ faults }) => faults),
      ...this.enter(changes, ledger),
      ...(await this.differences(entries)),
    ];
  }

  /** Resolves when every client has come as far; the ledger finds it if one never does. */
  private async allAt(seq: number): Promise<void> {
    const isThere = ({ client }: Member) =>
      client.positions.some((at) => at.channelUUID === this.start.channelUUID && at.seq >= seq);
    const options = { timeoutMs: WELL_DEADLINE_MS, everyMs: 50 };
    await eventually(() => this.members.every(isThere), options).catch(() => undefined);
  }

  /**
   * Enters what was acknowledged beside what is in the log: the first time that somebody did something is the first entry of it.
   * @returns entries that nobody asked for.
   */
  private enter(changes: readonly ChangeFrame[], ledger: Ledger): string[] {
    const made = grouped(changes, deedOf);
    const asked = grouped(
      this.changers.flatMap((changer) => changer.asked),
      ({ deed }) => deed,
    );
    for (const [deed, times] of asked) {
      const found = made.get(deed) ?? [];
      for (const [time, { answer }] of times.entries())
        if (answer !== undefined) acknowledge(ledger, `${deed} ${time}`, answer, found[time]);
      made.set(deed, found.slice(times.length));
    }
    return [...made.values()].flat().map((change) => `nobody asked for ${markOf(change)}`);
  }

  /** Where clients, history, log and what the users did disagree. */
  private async differences(log: readonly (Message | ChangeFrame)[]): Promise<string[]> {
    const found: string[] = [];
    const expect = (what: string, actual: unknown, expected: unknown) => {
      if (!isDeepStrictEqual(actual, expected))
        found.push(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
    };
    const state = stateOf(log);
    for (const { client, name } of this.members) {
      const kept = client.messages(this.target);
      const history = await this.history(client);
      expect(`${name} keeps messages`, kept.length > 0, history.length > 0);
      for (const [index, message] of history.slice(-kept.length).entries())
        expect(`${name} shows`, kept[index], message);
      expect(`${name} reads so many messages`, history.length, state.length);
      for (const [index, message] of history.entries()) expect(`${name} reads`, shown(message), state[index]);
      for (const changer of this.changers)
        if (changer.member.client === client) checkDeeds(changer, history, expect);
    }
    return found;
  }

  private async history(client: ChatClient): Promise<Message[]> {
    const messages: Message[] = [];
    for (let hasMore = true; hasMore; ) {
      const after = messages.at(-1)?.Seq ?? this.start.seq;
      const page = await client.history(this.target, { after, limit: PAGE });
      messages.push(...page.messages);
      ({ hasMore } = page);
    }
    return messages;
  }

  private get target(): Target {
    return { channelUUID: this.start.channelUUID };
  }
}

type Expect = (what: string, actual: unknown, expected: unknown) => void;

/** What a user did last is what the history shows to that user. */
function checkDeeds({ own, reactions, member }: Changer, history: readonly Message[], expect: Expect): void {
  const messages = new Map(history.map((message) => [message.UUID, message]));
  for (const [UUID, { text, isDeleted, isEdited }] of own) {
    const { Message, editedAt, deletedAt } = messages.get(UUID) ?? {};
    const actual = [Message, editedAt !== undefined, deletedAt !== undefined];
    expect(`${member.name} left ${UUID}`, actual, isDeleted ? ['', false, true] : [text, isEdited, false]);
  }
  for (const [UUID, mine] of reactions) {
    const message = messages.get(UUID);
    if (message?.deletedAt !== undefined) continue;
    const shown = message?.reactions?.flatMap(({ reaction, mine }) => (mine ? [reaction] : [])) ?? [];
    expect(`${member.name} reacted to ${UUID}`, shown.sort(), [...mine].sort());
  }
}

/** Enters an acknowledged change, and the entry of the log that it must be. */
function acknowledge(
  ledger: Ledger,
  name: string,
  answer: ChangeFrame,
  found: ChangeFrame | undefined,
): void {
  ledger.posted();
  // The answer to a repetition that finds it done may not know where.
  const isPlaceKnown = changeIn(answer).Seq > 0 || found === undefined;
  for (const frame of [...(isPlaceKnown ? [answer] : []), ...(found === undefined ? [] : [found])]) {
    const { UUID, ChannelUUID, Seq, CreatedAt } = entryOf(frame);
    ledger.acked(name, { UUID, channelUUID: ChannelUUID, seq: Seq, storedAt: Date.parse(CreatedAt) });
  }
}

/** Each entry counts once: its text may be gone, and its time is that of a service. */
function storedEntry(entry: Message | ChangeFrame): Seen {
  const seen = entryOf(entry);
  return { ...seen, Message: seen.UUID, CreatedAt: '' };
}

/** The entry that a frame of a resume brings. */
function entryIn(frame: ServerFrame): Message | ChangeFrame | undefined {
  return frame.type === 'channelMessage' ? frame.channelMessage : changeFrameIn(frame);
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return groups;
}
