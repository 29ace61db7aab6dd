/** Names a channel: the private one with a user, or any channel by its id. With neither, the general channel. */
export interface Target {
  readonly recipientUUID?: string;
  readonly channelUUID?: string;
}

/** The most names whose channels are remembered: about 100 bytes each. A forgotten name only makes requests wait for each other. */
const MOST_NAMES = 1_000;

/** Begins the name of a channel that is not given by its id. No id begins with it. */
const BY_PARTNER = '@';

/**
 * Which channel a target means, as far as the server has said. A channel has an id, and the name that its members use for it:
 * the partner's, or none for the general channel. Two targets may be one channel although they look different.
 */
export class ChannelNames {
  /** From the name to the id, the oldest first. */
  private readonly known = new Map<string, string>();

  /** The id if it is known, otherwise the name. */
  of({ channelUUID, recipientUUID }: Target): string {
    if (channelUUID) return channelUUID.toLowerCase();
    const name = BY_PARTNER + (recipientUUID ?? '').toLowerCase();
    return this.known.get(name) ?? name;
  }

  /** The server has answered a request for this target with this channel. */
  learn({ channelUUID, recipientUUID }: Target, answered: string): void {
    if (channelUUID) return;
    const name = BY_PARTNER + (recipientUUID ?? '').toLowerCase();
    this.known.delete(name);
    this.known.set(name, answered);
    if (this.known.size > MOST_NAMES) this.known.delete(this.known.keys().next().value!);
  }

  /** The next user means other channels by the same names. */
  clear(): void {
    this.known.clear();
  }

  static isId(name: string): boolean {
    return !name.startsWith(BY_PARTNER);
  }
}
