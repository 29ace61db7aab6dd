import type { User } from '@parley/protocol';
import { type BegunMention, type ComposerActions, mentionAt, usersNamed } from '@parley/react';
import { type AriaAttributes, type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Conversation } from '../conversations/conversation.js';
import { useChat } from '../parley.js';

/** How many names are offered. */
const MOST = 6;

interface Offer {
  readonly mention: BegunMention;
  readonly people: readonly User[];
  readonly chosen: number;
}

/**
 * Names that are offered while one writes after an `@`. The list belongs to the field, which keeps the focus and says which name is
 * chosen. The field stays a text box: a combobox has one line.
 */
export interface Mentions {
  readonly offer: Offer | undefined;
  readonly listId: string;
  readonly attributes: AriaAttributes;
  /** Looks at where the cursor is. */
  look(): void;
  close(): void;
  choose(user: User): void;
  /** @returns whether the key was for the list. */
  onKeyDown(event: KeyboardEvent): boolean;
}

export function useMentions(
  conversation: Conversation,
  composer: ComposerActions,
  field: RefObject<HTMLTextAreaElement | null>,
): Mentions {
  const [offer, setOffer] = useState<Offer>();
  const listId = useId();
  const candidates = useCandidates(conversation);
  const close = () => setOffer(undefined);
  const look = () => {
    const { value, selectionEnd } = field.current!;
    const mention = mentionAt(value, selectionEnd);
    if (mention === undefined) return close();
    void candidates().then((all) => {
      const people = usersNamed(all, mention.prefix, MOST);
      setOffer(people.length > 0 ? { mention, people, chosen: 0 } : undefined);
    });
  };
  const choose = ({ Username }: User) => {
    if (offer === undefined) return;
    // At once: the next key may come before the next frame.
    const cursor = flushSync(() => composer.mention(Username, offer.mention.to));
    field.current!.setSelectionRange(cursor, cursor);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) =>
    offer !== undefined && handled(event, offer, { setOffer, choose, close });
  return { offer, listId, attributes: attributesOf(offer, listId), look, close, choose, onKeyDown };
}

const attributesOf = (offer: Offer | undefined, listId: string) => ({
  'aria-autocomplete': 'list' as const,
  'aria-controls': listId,
  'aria-activedescendant': offer && `${listId}-${offer.chosen}`,
});

interface ListKeys {
  readonly setOffer: (offer: Offer) => void;
  readonly choose: (user: User) => void;
  readonly close: () => void;
}

function handled(event: KeyboardEvent, offer: Offer, { setOffer, choose, close }: ListKeys): boolean {
  const { people, chosen } = offer;
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? people.length - 1 : 0;
  if (step > 0) setOffer({ ...offer, chosen: (chosen + step) % people.length });
  else if (event.key === 'Enter' || event.key === 'Tab') choose(people[chosen]!);
  else if (event.key === 'Escape') close();
  else return false;
  event.preventDefault();
  return true;
}

/** Who may be named: the members of a group, both of a private conversation, or all whom this page knows. */
function useCandidates({ place, group }: Conversation): () => Promise<readonly User[]> {
  const { client, me, people } = useChat();
  const members = useRef<{ readonly count: number; readonly list: Promise<readonly User[]> }>(undefined);
  return async () => {
    if (place.kind === 'private') return [people.get(place.partner)].filter((user) => user !== undefined);
    if (place.kind === 'general')
      return [...people.known.get().values()].filter(({ UUID }) => UUID !== me.UUID);
    const count = group?.members ?? 0;
    if (members.current?.count !== count) {
      const list = client.channels.members(place.channelUUID, { limit: 100 }).then(({ members: all }) => all);
      members.current = { count, list: list.catch(() => []) };
    }
    return (await members.current!.list).filter(({ UUID }) => UUID !== me.UUID);
  };
}
