import { eventually } from '@parley/testing';
import { atMost, type Claim } from '../report/row.js';
import type { Scene } from '../stage/scene.js';
import { chatClient } from '../traffic/chat-client.js';

/** On top of the lease, in ms: ended gateways are looked for at intervals, and the answer takes time. */
const LATE_MS = 5_000;

/**
 * Watches presence while gateways die: of users who come back at another gateway, and of one user on each gateway who never
 * comes back.
 */
export class PresenceWatch {
  private readonly gone = new Set<string>();

  private constructor(
    private readonly scene: Scene,
    private readonly ghosts: readonly string[],
  ) {
    for (const { client } of scene.traffic.members) {
      client.on('sys', ({ sys }) => sys.type === 'signOut' && this.gone.add(sys.signOut.uuid));
    }
  }

  static async begin(scene: Scene): Promise<PresenceWatch> {
    const name = `ghost-${scene.traffic.members[0]!.name}`;
    const ghosts = scene.stage.urls.map((url, index) => appear(url, `${name}-${index}`));
    return new PresenceWatch(scene, await Promise.all(ghosts));
  }

  /** Call it after every gateway has died at least once and all is well. */
  async claims(leaseSeconds: number): Promise<Claim[]> {
    const since = performance.now();
    const bound = leaseSeconds * 1_000 + LATE_MS;
    const offlineMs = await eventually(
      async () => {
        const online = await this.online();
        return !this.ghosts.some((ghost) => online.has(ghost)) && performance.now() - since;
      },
      { timeoutMs: bound * 2, everyMs: 200 },
    );
    const online = await this.online();
    const members = this.scene.traffic.members.map(({ userUUID }) => userUUID);
    return [
      atMost('users of a dead gateway offline', offlineMs, bound, 'ms'),
      { text: 'users who moved are online', holds: members.every((uuid) => online.has(uuid)) },
      { text: 'nobody who moved was reported gone', holds: !members.some((uuid) => this.gone.has(uuid)) },
    ];
  }

  private async online(): Promise<Set<string>> {
    const { users } = await this.scene.traffic.members[0]!.client.users();
    return new Set(users.filter(({ OnLine }) => OnLine).map(({ UUID }) => UUID));
  }
}

/** A new user who does not come back when the connection is lost. */
async function appear(url: string, name: string): Promise<string> {
  const ghost = chatClient(url);
  const { userUUID } = await ghost.signUp(name, 'a password of a ghost');
  ghost.on('state', ({ state }) => state === 'connecting' && ghost.close());
  return userUUID;
}
