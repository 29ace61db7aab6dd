import type { ChatClient } from '@parley/client';
import type { Conversation } from './conversation.js';
import { loadGeneral, loadGroups, loadPrivate } from './load-conversations.js';

/** Reads again what is known of some channels. However many are asked for at once, the list of groups is read once. */
export class Refresher {
  private readonly wanted = new Set<string>();
  private isBusy = false;

  /**
   * @param known what is known of a channel. One that is not is taken for a group.
   * @param found is called with each that was read.
   */
  constructor(
    private readonly client: ChatClient,
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
    const reads = channelUUIDs.map((channelUUID) => this.known(channelUUID));
    const groups = reads.some((each) => each === undefined || each.kind === 'group')
      ? await loadGroups(this.client)
      : [];
    for (const group of groups) if (channelUUIDs.includes(group.channelUUID)) this.found(group);
    for (const conversation of reads) {
      if (conversation?.kind === 'general') this.found(await loadGeneral(this.client));
      if (conversation?.partner === undefined) continue;
      const found = await loadPrivate(this.client, conversation.partner);
      if (found !== undefined) this.found(found);
    }
  }
}
