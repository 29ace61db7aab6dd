import type { InboxPosition } from '@parley/client';
import type { User } from '@parley/protocol';
import { type ChatStorage, Kept } from '../kept.js';

export type Partner = Pick<User, 'UUID' | 'Username'>;

/** The most private conversations that are remembered. Those in which something was said longest ago are forgotten. */
const MOST_PARTNERS = 120;

/**
 * With whom the user has private conversations, and up to where the inbox was read for that: servers list no private channels. Kept
 * separately for each user.
 */
export class KnownPartners {
  private readonly partners: Kept<readonly Partner[]>;
  private readonly positions: Kept<InboxPosition>;

  /** @param reader who is signed in. */
  constructor(
    storage: ChatStorage | undefined,
    private readonly reader: () => string | undefined,
  ) {
    this.partners = new Kept(storage, 'partners', (value) => (isPartners(value) ? value : undefined));
    this.positions = new Kept(storage, 'inbox', (value) => (isPosition(value) ? value : undefined));
  }

  /** The most recent first. */
  list(): readonly Partner[] {
    return this.partners.of(this.reader()) ?? [];
  }

  /** Up to where the inbox has told of them. */
  get position(): InboxPosition | undefined {
    return this.positions.of(this.reader());
  }

  /** Something was said between the two. */
  add({ UUID, Username }: Partner): void {
    const known = this.list();
    if (known[0]?.UUID === UUID && known[0].Username === Username) return;
    const others = known.filter((each) => each.UUID !== UUID);
    this.partners.put(this.reader(), [{ UUID, Username }, ...others].slice(0, MOST_PARTNERS));
  }

  reached(position: InboxPosition | undefined): void {
    if (position !== undefined) this.positions.put(this.reader(), position);
  }
}

const isPartners = (value: unknown): value is readonly Partner[] =>
  Array.isArray(value) &&
  value.every((each) => typeof each?.UUID === 'string' && typeof each?.Username === 'string');

const isPosition = (value: unknown): value is InboxPosition => {
  const { epoch, seq } = (value ?? {}) as Partial<InboxPosition>;
  return typeof epoch === 'string' && typeof seq === 'number';
};
