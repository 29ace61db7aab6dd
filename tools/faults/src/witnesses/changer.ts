import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChangeFrame, ChatError, type Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import { deedOf } from '../ledger/log-entries.js';
import type { Member } from '../traffic/member.js';
import type { Flights } from './flights.js';

/** A change that was asked for, with its answer; without one, the message was deleted before. */
export interface Asked {
  readonly deed: string;
  readonly answer?: ChangeFrame;
}

/** Kinds of reactions. A message may have 20. */
const REACTIONS = ['👍', '👎', '🎉', 'no: "\\u003c"'];
/** Only messages of so many that came last are changed, so that several users change one. */
const RECENT = 40;
/** Between two requests of one user, in ms: a deed of each some 15 times a second. */
const REST_MS = 60;

/** How often of so many times a user does what. */
export type Deeds = Readonly<Record<'posts' | 'edits' | 'deletions' | 'reactions', number>>;

/** What a user's own message must be at the end. */
interface Own {
  text: string;
  isDeleted: boolean;
  isEdited: boolean;
}

/**
 * A user who posts, edits, deletes and reacts, and knows what must have become of it. Each request is sent when the one before it is
 * answered, so the last one counts.
 */
export class Changer {
  readonly asked: Asked[] = [];
  readonly own = new Map<string, Own>();
  /** The user's reactions by message. */
  readonly reactions = new Map<string, Set<string>>();
  readonly faults: string[] = [];
  private readonly recent: string[] = [];
  private isChanging = true;
  private deeds = 0;
  private readonly work: Promise<void>;

  constructor(
    readonly member: Member,
    private readonly target: Target,
    private readonly choices: Deeds,
    private readonly flights: Flights,
  ) {
    member.client.on('message', ({ message }) => this.arrived(message));
    this.work = this.keepChanging();
  }

  /** Resolves when the last request is answered. */
  async stop(): Promise<void> {
    this.isChanging = false;
    await this.work;
  }

  private arrived({ UUID, deletedAt }: Message): void {
    if (deletedAt !== undefined) return;
    this.recent.push(UUID);
    if (this.recent.length > RECENT) this.recent.shift();
  }

  private async keepChanging(): Promise<void> {
    while (this.isChanging) {
      try {
        await this.changeOnce();
      } catch (error) {
        this.faults.push(`${this.member.name}: ${error}`);
        return;
      }
      await delay(REST_MS);
    }
  }

  private changeOnce(): Promise<void> {
    this.deeds += 1;
    const kept = [...this.own].filter(([UUID, { isDeleted }]) => !isDeleted && this.recent.includes(UUID));
    const chosen = kept.length === 0 ? 'posts' : chosenOf(this.choices);
    if (chosen === 'posts') return this.post();
    const [UUID, own] = kept[randomInt(kept.length)]!;
    if (chosen === 'edits') return this.edit(UUID, own);
    return chosen === 'deletions'
      ? this.delete(UUID, own)
      : this.react(this.recent[randomInt(this.recent.length)]!);
  }

  private async post(): Promise<void> {
    const text = `${this.member.name} ${this.deeds}`;
    const UUID = await this.member.post(this.target, text);
    if (UUID !== undefined) this.own.set(UUID, { text, isDeleted: false, isEdited: false });
  }

  private async edit(UUID: string, own: Own): Promise<void> {
    const text = `edited ${this.member.name} ${this.deeds}`;
    const messageEdit = await this.flights.of('edits', this.member.client.edit(this.target, UUID, text));
    this.answered({ type: 'messageEdit', messageEdit });
    Object.assign(own, { text, isEdited: true });
  }

  private async delete(UUID: string, own: Own): Promise<void> {
    const messageDelete = await this.flights.of('deletions', this.member.client.delete(this.target, UUID));
    this.answered({ type: 'messageDelete', messageDelete });
    own.isDeleted = true;
  }

  private async react(UUID: string): Promise<void> {
    const mine = this.reactions.get(UUID) ?? new Set();
    this.reactions.set(UUID, mine);
    const { client, userUUID } = this.member;
    const reaction = REACTIONS[randomInt(REACTIONS.length)]!;
    const remove = mine.has(reaction);
    try {
      const asked = remove
        ? client.unreact(this.target, UUID, reaction)
        : client.react(this.target, UUID, reaction);
      const answer = await this.flights.of('reactions', asked);
      this.answered({ type: 'reaction', reaction: answer });
      if (remove) mine.delete(reaction);
      else mine.add(reaction);
    } catch (error) {
      // Its author has deleted it, perhaps between the reaction and a repetition of the request.
      if (!(error instanceof ChatError) || error.name !== 'MESSAGE_NOT_FOUND') throw error;
      this.asked.push({ deed: ['reaction', UUID, userUUID, reaction, remove].join(' ') });
    }
  }

  private answered(answer: ChangeFrame): void {
    this.asked.push({ deed: deedOf(answer), answer });
  }
}

function chosenOf(choices: Deeds): keyof Deeds {
  const all = Object.entries(choices).flatMap(([deed, times]) => Array<string>(times).fill(deed));
  return all[randomInt(all.length)] as keyof Deeds;
}
