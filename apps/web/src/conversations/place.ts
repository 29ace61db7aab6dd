import type { Target } from '@parley/client';

/** What a conversation is: the general channel, the private channel with a user, or a group. */
export type Place =
  | { readonly kind: 'general' }
  | { readonly kind: 'private'; readonly partner: string }
  | { readonly kind: 'group'; readonly channelUUID: string };

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The fragment of the address that shows the conversation. It also names the conversation in stores, by one name for each. */
export function keyOf(place: Place): string {
  if (place.kind === 'general') return '/general';
  return place.kind === 'private' ? `/person/${place.partner}` : `/group/${place.channelUUID}`;
}

/** What a fragment shows: nothing if it is no conversation's. */
export function placeIn(fragment: string): Place | undefined {
  const [, kind, id = ''] = fragment.replace(/^#/, '').split('/');
  if (kind === 'general') return { kind: 'general' };
  if (!UUID.test(id)) return undefined;
  if (kind === 'person') return { kind: 'private', partner: id };
  return kind === 'group' ? { kind: 'group', channelUUID: id } : undefined;
}

/** How requests name it. */
export function targetOf(place: Place): Target {
  if (place.kind === 'general') return {};
  return place.kind === 'private' ? { recipientUUID: place.partner } : { channelUUID: place.channelUUID };
}
