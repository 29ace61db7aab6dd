import { setTimeout as delay } from 'node:timers/promises';
import { ChatError } from '@parley/client';
import type { MemberRole } from '@parley/protocol';
import type { Member } from '../traffic/member.js';
import type { Flights } from './flights.js';
import type { KickedUser } from './kicked-user.js';

/** Something that was done to a user, and the Seq that the answer gave to it; 0 where it gave none. */
export interface Done {
  readonly type: 'channelInvite' | 'channelRole' | 'channelKick';
  readonly role?: MemberRole;
  readonly seq: number;
}

/** Between two steps, in ms: each user is kicked about once a second. */
const REST_MS = 40;

/**
 * The owner of a group, who invites a user, makes the user a moderator and kicks the user, over and over, and asks for each of these
 * a second time. Each request is sent when the one before it is answered, so it is known what the log must hold.
 */
export class Kicker {
  readonly done: Done[] = [];
  readonly faults: string[] = [];
  private isKicking = true;
  private posts = 0;
  private readonly work: Promise<void>;

  /**
   * @param owner what kicks.
   * @param writer another device of the owner, which writes all the time.
   * @param devices those of the user.
   */
  constructor(
    private readonly owner: Member,
    private readonly writer: Member,
    private readonly devices: readonly KickedUser[],
    private readonly channelUUID: string,
    private readonly flights: Flights,
  ) {
    this.work = Promise.all([this.keepKicking(), this.keepWriting()]).then(() => undefined);
  }

  /** The user. */
  get userUUID(): string {
    return this.devices[0]!.client.session!.userUUID;
  }

  /** Resolves when the user is kicked for the last time. */
  async stop(): Promise<void> {
    this.isKicking = false;
    await this.work;
  }

  private async keepWriting(): Promise<void> {
    while (this.isKicking) {
      await this.write(this.writer);
      await delay(REST_MS);
    }
  }

  private async keepKicking(): Promise<void> {
    const { owner } = this;
    const steps = [
      () => this.invite(),
      () => Promise.all(this.devices.map((device) => device.follow())),
      () => this.promote(),
      () => this.write(owner),
      () => this.kick(),
      () => this.write(owner),
      () => this.mayNotRead(),
    ];
    try {
      while (this.isKicking)
        for (const step of steps) {
          await step();
          await delay(REST_MS);
        }
    } catch (error) {
      this.faults.push(`${owner.name}: ${error}`);
      this.isKicking = false;
    }
  }

  private async invite(): Promise<void> {
    const { channels } = this.owner.client;
    const ask = () => channels.invite(this.channelUUID, this.userUUID);
    const { refused } = await this.flights.of('invitations', ask());
    this.done.push({ type: 'channelInvite', seq: 0 });
    const again = await ask();
    if (refused.length + again.refused.length > 0) this.faults.push('an invitation was refused');
  }

  private async promote(): Promise<void> {
    const role = 'moderator';
    const ask = () => this.owner.client.channels.setRole(this.channelUUID, this.userUUID, role);
    const { Seq } = await this.flights.of('changes of a role', ask());
    this.done.push({ type: 'channelRole', role, seq: Seq });
    this.nothingNew('change of a role', await ask());
    const { members } = await this.owner.client.channels.members(this.channelUUID);
    const roles = members.map((member) => member.role).join();
    if (roles !== 'owner,moderator') this.faults.push(`after a change of a role the members are ${roles}`);
  }

  private async kick(): Promise<void> {
    const ask = () => this.owner.client.channels.kick(this.channelUUID, this.userUUID);
    const { Seq } = await this.flights.of('kicks', ask());
    this.done.push({ type: 'channelKick', seq: Seq });
    this.nothingNew('kick', await ask());
  }

  private nothingNew(what: string, { Seq }: { readonly Seq: number }): void {
    if (Seq !== 0) this.faults.push(`the same ${what}, asked for again, is entry ${Seq}`);
  }

  private async mayNotRead(): Promise<void> {
    const { client } = this.devices[0]!;
    const read = await client.history({ channelUUID: this.channelUUID }).catch((error: unknown) => error);
    if (!(read instanceof ChatError) || read.name !== 'CHANNEL_NOT_FOUND')
      this.faults.push(`who was kicked reads the group: ${read instanceof Error ? read : 'messages'}`);
  }

  private write(member: Member): Promise<unknown> {
    this.posts += 1;
    return member.post({ channelUUID: this.channelUUID }, `${this.owner.name} ${this.posts}`);
  }
}
