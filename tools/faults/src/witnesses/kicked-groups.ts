import { randomBytes } from 'node:crypto';
import type { Claim } from '../report/row.js';
import type { Scene } from '../stage/scene.js';
import { Member } from '../traffic/member.js';
import type { Flights } from './flights.js';
import { KickedGroup } from './kicked-group.js';
import { KickedUser } from './kicked-user.js';
import { Kicker } from './kicker.js';
import type { Witness } from './witness.js';

const GROUPS = 4;
const PASSWORD = 'a password of a kicker';
/** Faults that are shown. */
const SHOWN = 5;

/** Private groups, each of an owner and a user who is invited, promoted and kicked over and over. Both have a device at each gateway. */
export class KickedGroups implements Witness {
  private readonly members: Member[] = [];
  private readonly users: KickedUser[] = [];
  private readonly groups: KickedGroup[] = [];

  private constructor(
    private readonly scene: Scene,
    private readonly flights: Flights,
  ) {}

  static async open(scene: Scene, flights: Flights): Promise<KickedGroups> {
    const groups = new KickedGroups(scene, flights);
    const name = `kicker-${randomBytes(4).toString('hex')}`;
    for (let group = 0; group < GROUPS; group += 1) await groups.openGroup(`${name}-${group}`, group % 2);
    return groups;
  }

  async claims(): Promise<Claim[]> {
    const faults: string[] = [];
    for (const group of this.groups) faults.push(...(await group.settle(this.scene.ledger)));
    const text = 'log, audit and members agree; who is kicked gets the kick and nothing after it';
    return [
      { text, holds: faults.length === 0 },
      ...faults.slice(0, SHOWN).map((fault) => ({ text: fault, holds: false })),
    ];
  }

  close(): void {
    for (const { client } of [...this.members, ...this.users]) client.close();
  }

  private async openGroup(name: string, gateway: number): Promise<void> {
    const owners = [this.ownerAt(name, gateway), this.ownerAt(`${name}.2`, 1 - gateway)] as const;
    const [owner, writer] = owners;
    await owner.client.signUp(name, PASSWORD);
    await writer.client.signInByKey(owner.client.session!.accessKey);
    const { channelUUID } = await owner.client.channels.create({ name, private: true });
    const start = await owner.follow({ channelUUID });
    await writer.follow({ channelUUID });
    const devices = [this.userAt(gateway, channelUUID), this.userAt(1 - gateway, channelUUID)] as const;
    await devices[0].client.signUp(`${name}-kicked`, PASSWORD);
    await devices[1].client.signInByKey(devices[0].client.session!.accessKey);
    const kicker = new Kicker(owner, writer, devices, channelUUID, this.flights);
    this.groups.push(new KickedGroup(this.scene.stage.urls[0]!, start, kicker, owners, devices));
  }

  private ownerAt(name: string, gateway: number): Member {
    const member = new Member(name, this.urlsFrom(gateway), this.scene.ledger);
    this.members.push(member);
    return member;
  }

  private userAt(gateway: number, channelUUID: string): KickedUser {
    const user = new KickedUser(this.urlsFrom(gateway), channelUUID);
    this.users.push(user);
    return user;
  }

  /** The gateways' addresses, this one first. */
  private urlsFrom(gateway: number): string[] {
    const { urls } = this.scene.stage;
    return [...urls.slice(gateway), ...urls.slice(0, gateway)];
  }
}
