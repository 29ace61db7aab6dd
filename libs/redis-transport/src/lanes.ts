/**
 * What a request waits behind. In `now` are those that somebody waits for while little is asked: a post, a sign-in. In `later` are those
 * that come by the thousand after a break, or that a program reads page by page.
 */
export type Lane = 'now' | 'later';

export const LANES: readonly Lane[] = ['now', 'later'];

/** How much of what a client may have without an answer its requests of `later` fill: the rest is for those of `now`. */
export const LATER_PENDING = 3 / 4;

/**
 * The handlers of `later`, as a share of `maxInFlight`, beside which they run: those of `now` have all of that. Handlers share one
 * processor, so each further one slows a post down; with as many as that, waiting for Redis or for a hook still leaves it busy.
 */
export const LATER_SHARE = 1 / 4;
