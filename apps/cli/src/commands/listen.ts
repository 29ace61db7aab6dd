import type { Call, Command } from '../command.js';
import { Feed } from '../feed/feed.js';
import { wholeNumber } from '../numbers.js';
import { GENERAL, type Place, placeOf } from '../session/places.js';
import { type SignedIn, signedIn } from '../session/signed-in.js';
import { within } from '../session/within.js';

const COUNT = { least: 1, most: Number.MAX_SAFE_INTEGER };

async function placesOf(call: Call, session: SignedIn): Promise<Place[]> {
  const places: Place[] = [];
  for (const channel of call.args) places.push(await placeOf(channel, session));
  return places;
}

async function listen(call: Call): Promise<void> {
  const count = wholeNumber('count', call.options['count'], COUNT);
  const isOver = call.io.interruption();
  const work = async (session: SignedIn) => {
    const feed = new Feed(session, call.printer, { count });
    const places = await within(call.timeoutMs, placesOf(call, session));
    const hasInbox = places.length === 0;
    await within(call.timeoutMs, feed.begin(hasInbox ? [GENERAL] : places, hasInbox));
    isOver.addEventListener('abort', () => feed.end());
    if (isOver.aborted) feed.end();
    await feed.ended;
  };
  await signedIn(call, work, { endless: true });
}

/** The command that follows what happens. */
export const LISTEN_COMMANDS: readonly Command[] = [
  {
    name: 'listen',
    args: ['[CHANNEL…]'],
    options: { count: { type: 'string', value: 'N', does: 'ends after so many messages' } },
    does: 'follows channels, or, without CHANNEL, general and all that concerns you, until Ctrl-C',
    json: 'events, each with its name in `event`: see below',
    run: listen,
  },
];
