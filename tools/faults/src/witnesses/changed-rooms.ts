import { randomBytes } from 'node:crypto';
import type { Claim } from '../report/row.js';
import type { Scene } from '../stage/scene.js';
import { Member } from '../traffic/member.js';
import { ChangedRoom } from './changed-room.js';
import { Changer, type Deeds } from './changer.js';
import type { Flights } from './flights.js';
import type { Witness } from './witness.js';

/** Private channels, each of two users with two devices. */
const ROOMS = 3;
const PASSWORD = 'a password of a changer';
/** Faults that are shown. */
const SHOWN = 5;

/** Users who post, edit, delete and react in private channels beside the traffic, each with a second device at another gateway. */
export class ChangedRooms implements Witness {
  private readonly members: Member[] = [];
  private readonly rooms: ChangedRoom[] = [];

  private constructor(
    private readonly scene: Scene,
    private readonly deeds: Deeds,
    private readonly flights: Flights,
  ) {}

  /** @param deeds what the users do, and how often. */
  static async open(scene: Scene, flights: Flights, deeds: Deeds): Promise<ChangedRooms> {
    const rooms = new ChangedRooms(scene, deeds, flights);
    const name = `changer-${randomBytes(4).toString('hex')}`;
    for (let room = 0; room < ROOMS; room += 1) await rooms.openRoom(`${name}-${room}`);
    return rooms;
  }

  async claims(): Promise<Claim[]> {
    const faults: string[] = [];
    for (const room of this.rooms) faults.push(...(await room.settle(this.scene.ledger)));
    const text = 'log, history, clients and what the users did agree';
    return [
      { text, holds: faults.length === 0 },
      ...faults.slice(0, SHOWN).map((fault) => ({ text: fault, holds: false })),
    ];
  }

  close(): void {
    for (const { client } of this.members) client.close();
  }

  private async openRoom(name: string): Promise<void> {
    const users = [await this.enter(`${name}-a`, 0), await this.enter(`${name}-b`, 1)];
    const targets = users.map((_, index) => ({ recipientUUID: users[1 - index]!.first.userUUID }));
    const start = await users[0]!.first.follow(targets[0]!);
    await users[0]!.second.follow(targets[0]!);
    await Promise.all([users[1]!.first.follow(targets[1]!), users[1]!.second.follow(targets[1]!)]);
    const changers = users.map(
      ({ first }, index) => new Changer(first, targets[index]!, this.deeds, this.flights),
    );
    const members = users.flatMap(({ first, second }) => [first, second]);
    this.rooms.push(new ChangedRoom(this.scene.stage.urls[0]!, start, changers, members));
  }

  /** A user with two devices, the second of which only follows. */
  private async enter(name: string, gateway: number): Promise<{ first: Member; second: Member }> {
    const first = this.device(name, gateway);
    await first.client.signUp(name, PASSWORD);
    const second = this.device(`${name}.2`, 1 - gateway);
    await second.client.signInByKey(first.client.session!.accessKey);
    return { first, second };
  }

  private device(name: string, gateway: number): Member {
    const { stage, ledger } = this.scene;
    const urls = [...stage.urls.slice(gateway), ...stage.urls.slice(0, gateway)];
    const member = new Member(name, urls, ledger);
    this.members.push(member);
    return member;
  }
}
