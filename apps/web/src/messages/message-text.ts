import type { Mention } from '@parley/protocol';

/** A piece of a text that is shown in its own way. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string; readonly userUUID: string };

/** An address ends before what rather ends the sentence. */
const LINK = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g;

/** A text with its addresses and the names that the server has found in it. Nothing in it is ever taken for markup. */
export function partsOf(text: string, mentions: readonly Mention[] = []): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { index, 0: link } of text.matchAll(LINK)) {
    parts.push(...withMentions(text.slice(from, index), mentions), { kind: 'link', text: link });
    from = index + link.length;
  }
  return [...parts, ...withMentions(text.slice(from), mentions)];
}

function withMentions(text: string, mentions: readonly Mention[]): readonly Part[] {
  if (text === '') return [];
  if (mentions.length === 0) return [{ kind: 'text', text }];
  const byName = new Map(
    mentions.map(({ username, userUUID }) => [`@${username}`.toLocaleLowerCase(), userUUID]),
  );
  // The longest first: of "@Ada" and "@Ada Lovelace", the text may name either.
  const names = [...byName.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const pieces = text.split(RegExp(`(${names.join('|')})`, 'giu'));
  return pieces
    .filter((piece) => piece !== '')
    .map((piece) => {
      const userUUID = byName.get(piece.toLocaleLowerCase());
      return userUUID === undefined
        ? { kind: 'text', text: piece }
        : { kind: 'mention', text: piece, userUUID };
    });
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
