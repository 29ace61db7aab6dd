import type { Scene } from '../stage/scene.js';
import { Member } from '../traffic/member.js';

/**
 * How many there are. A post waits for those that share its request, and a connection's next post waits for that one, so one
 * member says little about its channel.
 */
const MEMBERS = 5;
/** How often each posts, in ms. */
const EVERY_MS = 500;

interface Bystander {
  readonly member: Member;
  /** The channel of the user's notes. */
  readonly channelUUID: string;
}

/** Users who keep posting into channels that a fault should not touch. */
export class Bystanders {
  /** How long each post took that began while they were watched, in ms. */
  readonly watched: number[] = [];
  private watching = false;
  private readonly posts = new Set<Promise<void>>();
  private readonly ticker: NodeJS.Timeout;

  private constructor(private readonly bystanders: readonly Bystander[]) {
    let number = 0;
    this.ticker = setInterval(() => {
      this.post(bystanders[number % bystanders.length]!, number);
      number += 1;
    }, EVERY_MS / bystanders.length);
  }

  /** Creates users, spread over the gateways, until enough have notes for which `isElsewhere` holds. */
  static async elsewhere(
    { stage, ledger, traffic }: Scene,
    isElsewhere: (channelUUID: string) => Promise<boolean>,
  ): Promise<Bystanders> {
    const bystanders: Bystander[] = [];
    for (let tries = 0; bystanders.length < MEMBERS; tries += 1) {
      const first = bystanders.length % stage.urls.length;
      const urls = [...stage.urls.slice(first), ...stage.urls.slice(0, first)];
      const member = new Member(`bystander-${traffic.members[0]!.name}-${tries}`, urls, ledger);
      const { userUUID } = await member.client.signUp(member.name, 'a password of a bystander');
      const { channelUUID } = await member.client.subscribe({ recipientUUID: userUUID });
      const bystander = { member, channelUUID };
      if (await isElsewhere(channelUUID)) bystanders.push(bystander);
      else await leave(bystander);
    }
    return new Bystanders(bystanders);
  }

  /** Times the posts that begin from now on. */
  watch(): void {
    this.watching = true;
  }

  /** Ends {@link watch}. */
  unwatch(): void {
    this.watching = false;
  }

  /** Stops posting, and enters the channels' logs into the ledger. */
  async leave(): Promise<void> {
    clearInterval(this.ticker);
    await Promise.all(this.posts);
    await Promise.all(this.bystanders.map(leave));
  }

  private post({ member, channelUUID }: Bystander, number: number): void {
    const since = performance.now();
    const counts = this.watching;
    const post = member.post({ channelUUID }, `${member.name}-${number}`).then(() => {
      this.posts.delete(post);
      if (counts) this.watched.push(performance.now() - since);
    });
    this.posts.add(post);
  }
}

async function leave({ member, channelUUID }: Bystander): Promise<void> {
  await member.readLog(channelUUID);
  member.client.close();
}
