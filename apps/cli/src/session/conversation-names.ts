import type { ChatClient } from '@parley/client';
import { ChatError } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { Directory } from './directory.js';
import { GENERAL, groupsOf, groupTitle } from './places.js';

/** The most names that are remembered: about 100 bytes each. */
const MOST_NAMES = 10_000;

/** What channels and users are called, for streams that name them by their ids alone. */
export class ConversationNames {
  private readonly titles = new Map<string, string>();
  private readonly users = new Map<string, string>();

  constructor(
    private readonly client: ChatClient,
    private readonly directory: Directory,
    private readonly reader: string,
  ) {}

  /** A channel is called that from now on. */
  note(channelUUID: string, title: string): void {
    remember(this.titles, channelUUID, title);
  }

  /** What the channel of a message is called: a private one by the partner's name. */
  async ofMessage({ Sender, Recipient, RecipientUUID, ChannelUUID }: Message): Promise<string> {
    if (RecipientUUID === '') return this.ofChannel(ChannelUUID);
    const partner = Sender.UUID === this.reader && Recipient !== undefined ? Recipient : Sender;
    return partner.Username;
  }

  /** What a channel is called; its id if it is none of the user's groups. */
  async ofChannel(channelUUID: string): Promise<string> {
    if (!this.titles.has(channelUUID)) await this.readTitles(channelUUID);
    return this.titles.get(channelUUID) ?? channelUUID;
  }

  /** What a user is called; the id of one who is gone. */
  async ofUser(userUUID: string): Promise<string> {
    const known = this.users.get(userUUID);
    if (known !== undefined) return known;
    const name = await this.directory.user(userUUID).then(
      ({ Username }) => Username,
      (error: unknown) => {
        if (error instanceof ChatError && error.name === 'USER_NOT_FOUND') return userUUID;
        throw error;
      },
    );
    remember(this.users, userUUID, name);
    return name;
  }

  private async readTitles(channelUUID: string): Promise<void> {
    for (const group of await groupsOf(this.client, 'mine')) this.note(group.channelUUID, groupTitle(group));
    if (this.titles.has(channelUUID)) return;
    // The general channel mentions people, and nobody had to subscribe to it for that.
    const { channelUUID: general } = await this.client.history(GENERAL.target, { limit: 1 });
    this.note(general, GENERAL.title);
    if (channelUUID !== general) this.note(channelUUID, channelUUID);
  }
}

function remember(names: Map<string, string>, id: string, name: string): void {
  names.set(id, name);
  if (names.size > MOST_NAMES) names.delete(names.keys().next().value!);
}
