import type { ShownProfile } from '@parley/contracts';

/** The most characters of a name that is shown, and of the address of a picture. */
const NAME_CHARACTERS = 100;
const PICTURE_CHARACTERS = 2_048;

/**
 * A name as it can be shown: in one line, cut to its length. Empty for an empty one, which says that there is none any more.
 * @returns undefined for what is no name.
 */
export function shownName(text: string): string | undefined {
  if (text === '') return '';
  const line = text.replaceAll(/[\p{Cc}\p{Surrogate}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, NAME_CHARACTERS).join('') || undefined;
}

/**
 * The address of a picture: `https:` alone, because pages show it. Empty for an empty one, as {@link shownName}.
 * @returns undefined for what is no such address.
 */
export function shownPicture(text: string): string | undefined {
  if (text === '') return '';
  if (text.length > PICTURE_CHARACTERS || !URL.canParse(text)) return undefined;
  const { protocol, username, href } = new URL(text);
  return protocol === 'https:' && username === '' && href.length <= PICTURE_CHARACTERS ? href : undefined;
}

/** What can be shown of these texts. */
export const shownProfile = (name: string | undefined, picture: string | undefined): ShownProfile => ({
  Name: name === undefined ? undefined : shownName(name),
  Picture: picture === undefined ? undefined : shownPicture(picture),
});
