import type { Scene } from '../stage/scene.js';
import { within } from '../traffic/deadline.js';
import { Member } from '../traffic/member.js';
import { WELL_DEADLINE_MS } from '../traffic/traffic.js';

/** Connections of one user. They open at the same time, and all follow the user's notes. */
const DEVICES = 20;

/**
 * Many clients, all at one gateway at first. Each user has several, which follow the user's notes: so every delivery can be
 * checked, and a message does not go to thousands.
 */
export class Crowd {
  private readonly members: Member[] = [];
  private readonly arrivals = new Map<string, { left: number; all: () => void }>();

  private constructor(private readonly scene: Scene) {}

  static async gather(scene: Scene, clients: number, report: (line: string) => void): Promise<Crowd> {
    const crowd = new Crowd(scene);
    const name = `crowd-${scene.traffic.members[0]!.name}`;
    for (let user = 0; user * DEVICES < clients; user += 1) {
      await crowd.enter(`${name}-${user}`, Math.min(DEVICES, clients - user * DEVICES));
    }
    report(`${clients} clients at one gateway`);
    return crowd;
  }

  /** Resolves when every connection is lost. */
  lost(): Promise<void> {
    return this.all('connecting');
  }

  /** Posts into each user's notes while the clients are away. Resolves when all clients are back. */
  async back(): Promise<void> {
    const back = this.all('online');
    const posts = this.postEverywhere();
    await back;
    await posts;
  }

  /** Posts into the notes of each user. Resolves when every device has the post, with the milliseconds that it took. */
  async postEverywhere(): Promise<number> {
    const began = performance.now();
    await within(
      WELL_DEADLINE_MS,
      'the notes of the crowd',
      Promise.all(this.firsts().map((each) => this.note(each))),
    );
    return performance.now() - began;
  }

  /** Enters all users' notes into the ledger. */
  async readLogs(): Promise<void> {
    await Promise.all(this.firsts().map((member) => member.readLog(notesOf(member))));
  }

  close(): void {
    for (const { client } of this.members) client.close();
  }

  /** The first device of each user. */
  private firsts(): Member[] {
    return this.members.filter(({ name }) => name.endsWith('.0'));
  }

  private async enter(user: string, devices: number): Promise<void> {
    const first = this.device(user, 0);
    await first.client.signUp(user, 'a password of the crowd');
    const notes = { recipientUUID: first.userUUID };
    await first.client.subscribe(notes);
    const { accessKey } = first.client.session!;
    const others = Array.from({ length: devices - 1 }, (_, index) => this.device(user, index + 1));
    await Promise.all(
      others.map(async ({ client }) => {
        await client.signInByKey(accessKey);
        await client.subscribe(notes);
      }),
    );
  }

  private device(user: string, number: number): Member {
    const { stage, ledger } = this.scene;
    const member = new Member(`${user}.${number}`, stage.urls, ledger);
    member.onMessage = (text) => this.arrived(text);
    this.members.push(member);
    return member;
  }

  private async note(first: Member): Promise<void> {
    const user = first.name.slice(0, -'.0'.length);
    const text = `${user}-${performance.now()}`;
    const left = this.members.filter(({ name }) => name.startsWith(`${user}.`)).length;
    const everywhere = new Promise<void>((resolve) => {
      this.arrivals.set(text, { left, all: resolve });
    });
    await first.post({ channelUUID: notesOf(first) }, text);
    await everywhere;
  }

  private arrived(text: string): void {
    const arrival = this.arrivals.get(text);
    if (arrival === undefined) return;
    arrival.left -= 1;
    if (arrival.left === 0) arrival.all();
  }

  private all(state: 'connecting' | 'online'): Promise<void> {
    const each = this.members.map(
      ({ client }) =>
        new Promise<void>((resolve) => {
          if (client.state === state) return resolve();
          const off = client.on('state', (event) => {
            if (event.state !== state) return;
            off();
            resolve();
          });
        }),
    );
    return within(
      WELL_DEADLINE_MS,
      `everybody ${state}`,
      Promise.all(each).then(() => undefined),
    );
  }
}

/** The one channel that a device follows. */
const notesOf = ({ client }: Member): string => client.positions[0]!.channelUUID;
