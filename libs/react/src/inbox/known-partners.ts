import type { InboxPosition } from '@parley/client';
import type { User } from '@parley/protocol';
import type { ChatStorage } from '../kept.js';

export type Partner = Pick<User, 'UUID' | 'Username'>;

/** The most private conversations that are remembered. Those in which something was said longest ago are forgotten. */
const MOST_PARTNERS = 120;

/**
 * With whom the user has private conversations, and up to where the inbox was read for that: servers list no private channels. Kept for
 * each user apart, as `parley.partners.<user>` and `parley.inbox.<user>`. What cannot be read counts as absent; what cannot be
 * written, because the storage is full or forbidden, lives as long as this.
 */
export class KnownPartners {
  private readonly unwritten = new Map<string, string>();

  constructor(
    private readonly storage: ChatStorage | undefined,
    private readonly reader: () => string | undefined,
  ) {}

  /** The last first. */
  list(): readonly Partner[] {
    return this.read('partners', isPartners) ?? [];
  }

  /** Up to where the inbox has told of them. */
  get position(): InboxPosition | undefined {
    return this.read('inbox', isPosition);
  }

  /** Something was said between the two. */
  add({ UUID, Username }: Partner): void {
    const known = this.list();
    if (known[0]?.UUID === UUID && known[0].Username === Username) return;
    const others = known.filter((each) => each.UUID !== UUID);
    this.write('partners', [{ UUID, Username }, ...others].slice(0, MOST_PARTNERS));
  }

  reached(position: InboxPosition | undefined): void {
    if (position !== undefined) this.write('inbox', position);
  }

  private read<T>(name: string, isValid: (value: unknown) => value is T): T | undefined {
    const key = this.keyOf(name);
    try {
      const value: unknown = JSON.parse(this.unwritten.get(key) ?? this.storage?.getItem(key) ?? 'null');
      return isValid(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  private write(name: string, value: unknown): void {
    const [key, text] = [this.keyOf(name), JSON.stringify(value)];
    this.unwritten.set(key, text);
    try {
      this.storage?.setItem(key, text);
      if (this.storage !== undefined) this.unwritten.delete(key);
    } catch {
      // Full or forbidden: it stays in memory.
    }
  }

  private keyOf = (name: string): string => `parley.${name}.${this.reader() ?? ''}`;
}

const isPartners = (value: unknown): value is readonly Partner[] =>
  Array.isArray(value) &&
  value.every((each) => typeof each?.UUID === 'string' && typeof each?.Username === 'string');

const isPosition = (value: unknown): value is InboxPosition => {
  const { epoch, seq } = (value ?? {}) as Partial<InboxPosition>;
  return typeof epoch === 'string' && typeof seq === 'number';
};
