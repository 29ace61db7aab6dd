import type { InboxPosition } from '@parley/client';
import type { User } from '@parley/protocol';
import { isRecord, Kept, type KeyValues } from '../storage.js';
import type { Past } from './past-partners.js';

interface Partner {
  readonly UUID: string;
  readonly Username: string;
}

/** The most private conversations that are followed: with the groups, fewer than a connection may hold. */
const MOST = 120;

/** With whom the user has private conversations: the browser remembers it, and the inbox says who has written since. */
export class KnownPartners {
  private readonly kept: Kept<readonly Partner[]>;
  private readonly position: Kept<InboxPosition>;

  /** @param past who has written to the user since a position of the inbox, or lately without one. */
  constructor(
    storage: KeyValues | undefined,
    me: string,
    private readonly past: (since: InboxPosition | undefined) => Promise<Past>,
  ) {
    this.kept = new Kept(storage, `parley.partners.${me}`, isPartners);
    this.position = new Kept(storage, `parley.inbox.${me}`, isPosition);
  }

  /** The last first. */
  async read(): Promise<readonly User[]> {
    const { partners, position } = await this.past(this.position.read());
    if (position !== undefined) this.position.write(position);
    for (const { UUID, Username } of [...partners].reverse()) this.add(UUID, Username);
    const online = new Map(partners.map((partner) => [partner.UUID, partner]));
    return this.known().map((partner) => online.get(partner.UUID) ?? { ...partner, OnLine: false });
  }

  /** Something was said between the two. */
  add(UUID: string, Username: string): void {
    const known = this.known();
    if (known[0]?.UUID === UUID) return;
    this.kept.write([{ UUID, Username }, ...known.filter((each) => each.UUID !== UUID)].slice(0, MOST));
  }

  /** The page has seen the inbox up to here. */
  reached(position: InboxPosition | undefined): void {
    if (position !== undefined) this.position.write(position);
  }

  private known(): readonly Partner[] {
    return this.kept.read() ?? [];
  }
}

const isPartners = (value: unknown): value is readonly Partner[] =>
  Array.isArray(value) &&
  value.every((each) => typeof each?.UUID === 'string' && typeof each?.Username === 'string');

const isPosition = (value: unknown): value is InboxPosition =>
  isRecord(value) && typeof value['epoch'] === 'string' && typeof value['seq'] === 'number';
