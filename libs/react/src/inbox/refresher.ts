import { type Conversation, ofGroup } from './conversation.js';
import { type Loading, loadGeneral, loadGroup, loadGroups, loadPrivate } from './load-conversations.js';

/** Reads again what is known of some channels. However many are asked for at once, the list of groups is read once. */
export class Refresher {
  private readonly wanted = new Set<string>();
  private isBusy = false;

  /**
   * @param known what is known of a channel. An unknown one is taken for a group.
   * @param found is called with each that was read.
   */
  constructor(
    private readonly loading: Loading,
    private readonly known: (channelUUID: string) => Conversation | undefined,
    private readonly found: (conversation: Conversation) => void,
  ) {}

  want(channelUUID: string): void {
    this.wanted.add(channelUUID);
    if (!this.isBusy) void this.run();
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    // What is asked for in the same turn is read together.
    await Promise.resolve();
    while (this.wanted.size > 0) {
      const batch = [...this.wanted];
      this.wanted.clear();
      // It fails when the session ends. The next one loads the whole list.
      await this.read(batch).catch(() => undefined);
    }
    this.isBusy = false;
  }

  private async read(channelUUIDs: readonly string[]): Promise<void> {
    const isGroup = (channelUUID: string) => (this.known(channelUUID)?.kind ?? 'group') === 'group';
    await this.readGroups(channelUUIDs.filter(isGroup));
    for (const conversation of channelUUIDs.map((channelUUID) => this.known(channelUUID))) {
      if (conversation?.kind === 'general') this.found(await loadGeneral(this.loading));
      if (conversation?.partner) this.found(await loadPrivate(this.loading, conversation.partner));
    }
  }

  private async readGroups(channelUUIDs: readonly string[]): Promise<void> {
    if (channelUUIDs.length === 0) return;
    const { client, follower, findGroup } = this.loading;
    if (findGroup !== undefined) {
      for (const channelUUID of channelUUIDs) {
        const group = await loadGroup(this.loading, channelUUID).catch(() => undefined);
        if (group !== undefined) this.found(group);
      }
      return;
    }
    for (const group of await loadGroups(client)) {
      if (!channelUUIDs.includes(group.channelUUID)) continue;
      await follower.follow({ channelUUID: group.channelUUID });
      this.found(ofGroup(group));
    }
  }
}
