import { randomBytes } from 'node:crypto';
import type { Target } from '@parley/client';
import pLimit from 'p-limit';
import type { Ledger } from '../ledger/ledger.js';
import { Burst } from './burst.js';
import { within } from './deadline.js';
import { Member } from './member.js';

export interface TrafficOptions {
  readonly urls: readonly string[];
  readonly members: number;
  readonly messagesPerSecond: number;
  /** Whether every other pair of members stays with its own gateway: it waits while that is away. By default nobody does. */
  readonly someStay?: boolean;
}

/** A channel and the members that follow it. */
export interface Room {
  readonly channelUUID: string;
  readonly members: readonly Member[];
}

/** Texts of one length, filled up with a character of one UTF-16 unit. */
export interface Texts {
  readonly messages: number;
  readonly length: number;
  readonly filler: string;
}

/** Posts go out in ticks, so that two cores have time for everything else. */
const TICKS_PER_SECOND = 20;
/** A run fails unless everything is well again within this time, in ms. */
export const WELL_DEADLINE_MS = 180_000;
/** Sign-ups at the same time. */
const AT_ONCE = 4;

/** The prefix of probes. */
const PROBE = 'probe-';

interface Probe {
  readonly waiting: Set<Member>;
  readonly arrived: () => void;
}

/**
 * Steady traffic. Every member follows the general channel and two private ones with its neighbours in a ring. The members
 * post into their channels one after the other, each text once.
 */
export class Traffic {
  readonly members: Member[] = [];
  readonly rooms: Room[] = [];
  private readonly run = randomBytes(4).toString('hex');
  private readonly posts = new Set<Promise<unknown>>();
  private readonly probes = new Map<string, Probe>();
  private readonly bursts = new Set<Burst>();
  private posted = 0;
  private milestones: { readonly at: number; readonly reached: () => void }[] = [];
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: TrafficOptions,
    private readonly ledger: Ledger,
  ) {}

  /** Signs the members up, subscribes each to its channels, and begins to post. */
  async start(): Promise<void> {
    const { members, messagesPerSecond } = this.options;
    const numbers = Array.from({ length: members }, (_, number) => number);
    this.members.push(...(await pLimit(AT_ONCE).map(numbers, (number) => this.enter(number))));
    this.rooms.push(await this.follow(this.members, () => ({})));
    for (const [index, member] of this.members.entries()) {
      const neighbour = this.members[(index + 1) % members]!;
      const partner = (of: Member) => ({ recipientUUID: (of === member ? neighbour : member).userUUID });
      this.rooms.push(await this.follow([member, neighbour], partner));
    }
    let due = 0;
    this.ticker = setInterval(() => {
      for (due += messagesPerSecond / TICKS_PER_SECOND; due >= 1; due -= 1) this.postNext();
    }, 1_000 / TICKS_PER_SECOND);
  }

  /**
   * Resolves when everything is well, with the milliseconds that it took: in each channel, a message posted from now on is
   * acknowledged and has reached every member that follows it.
   */
  async wellAgain(): Promise<number> {
    const began = performance.now();
    const probes = this.rooms.map((room) => this.probe(room));
    await within(WELL_DEADLINE_MS, 'everything well again', Promise.all(probes));
    return performance.now() - began;
  }

  /** Has two members follow their private channel. Nobody writes to it until {@link writeTo}: they must not be neighbours. */
  followUnwritten(first: number, second: number): Promise<Room> {
    const [one, other] = [this.members[first]!, this.members[second]!];
    return this.follow([one, other], (of) => ({ recipientUUID: (of === one ? other : one).userUUID }));
  }

  /** From now on the channel is written to as the others are. */
  writeTo(room: Room): void {
    this.rooms.push(room);
  }

  /** Resolves when that many more messages have been posted. */
  more(messages: number): Promise<void> {
    const enough = this.posted + messages;
    return within(
      WELL_DEADLINE_MS,
      'more traffic',
      new Promise((resolve) => {
        this.milestones.push({ at: enough, reached: resolve });
      }),
    );
  }

  /**
   * Posts such texts into the general channel, from one member after the other, beside the steady traffic. Resolves when all
   * have arrived, with the time from post to member of each delivery, in ms.
   */
  async burst({ messages, length, filler }: Texts, perSecond: number): Promise<number[]> {
    const burst = new Burst(messages * this.members.length);
    this.bursts.add(burst);
    const texts = Array.from({ length: messages }, (_, index) =>
      `${burst.name}-${index}-`.padEnd(length, filler),
    );
    const ticker = setInterval(() => {
      for (const text of texts.splice(0, perSecond / TICKS_PER_SECOND)) this.postInBurst(burst, text);
      if (texts.length === 0) clearInterval(ticker);
    }, 1_000 / TICKS_PER_SECOND);
    const latencies = await within(WELL_DEADLINE_MS, 'the delivery of a burst', burst.latencies);
    this.bursts.delete(burst);
    return latencies;
  }

  /** Ends the posts, waits for every answer and delivery, and enters the logs into the ledger. */
  async settle(): Promise<void> {
    clearInterval(this.ticker);
    await within(WELL_DEADLINE_MS, 'an answer to every post', Promise.all(this.posts));
    await this.wellAgain();
    await Promise.all(
      this.rooms.map(({ channelUUID, members }) =>
        within(WELL_DEADLINE_MS, 'the log of a channel', members[0]!.readLog(channelUUID)),
      ),
    );
  }

  close(): void {
    clearInterval(this.ticker);
    for (const { client } of this.members) client.close();
  }

  private async enter(number: number): Promise<Member> {
    const { urls, someStay = false } = this.options;
    const start = number % urls.length;
    const name = `${this.run}-${number}`;
    const isToStay = someStay && Math.floor(number / urls.length) % 2 === 0;
    const known = isToStay ? [urls[start]!] : [...urls.slice(start), ...urls.slice(0, start)];
    const member = new Member(name, known, this.ledger);
    member.onMessage = (text) => this.arrived(member, text);
    await member.client.signUp(name, 'a password of the traffic');
    return member;
  }

  private async follow(members: Member[], target: (member: Member) => Target): Promise<Room> {
    const heads = await Promise.all(members.map((member) => member.follow(target(member))));
    return { channelUUID: heads[0]!.channelUUID, members };
  }

  /** Every other message goes to the general channel, the others to the private ones in rotation. */
  private postNext(): void {
    const step = Math.floor(this.posted / 2);
    const index = this.posted % 2 === 0 ? 0 : 1 + (step % (this.rooms.length - 1));
    const { members, channelUUID } = this.rooms[index]!;
    const round = Math.floor(step / (this.rooms.length - 1));
    const member = members[(index === 0 ? step : round) % members.length]!;
    void this.post(member, channelUUID, `${this.run}-${this.posted}`);
  }

  private post(member: Member, channelUUID: string, text: string): Promise<unknown> {
    this.posted += 1;
    for (const { at, reached } of this.milestones) if (this.posted >= at) reached();
    this.milestones = this.milestones.filter(({ at }) => at > this.posted);
    const post = member.post({ channelUUID }, text);
    this.posts.add(post);
    return post.finally(() => this.posts.delete(post));
  }

  /** Posts from a room's last member, which otherwise posts least. */
  private async probe({ channelUUID, members }: Room): Promise<void> {
    const text = `${PROBE}${this.run}-${this.posted}`;
    const everywhere = new Promise<void>((resolve) => {
      this.probes.set(text, { waiting: new Set(members), arrived: resolve });
    });
    await this.post(members.at(-1)!, channelUUID, text);
    await everywhere;
  }

  private postInBurst(burst: Burst, text: string): void {
    const { members, channelUUID } = this.rooms[0]!;
    burst.posted(text);
    void this.post(members[this.posted % members.length]!, channelUUID, text);
  }

  private arrived(member: Member, text: string): void {
    for (const burst of this.bursts) burst.arrived(text);
    if (!text.startsWith(PROBE)) return;
    const probe = this.probes.get(text);
    probe?.waiting.delete(member);
    if (probe?.waiting.size !== 0) return;
    this.probes.delete(text);
    probe.arrived();
  }
}
