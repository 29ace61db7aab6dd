import { render } from 'ink';
import type { Call } from '../command.js';
import { GENERAL, placeOf } from '../session/places.js';
import { type SignedIn, signedIn } from '../session/signed-in.js';
import { within } from '../session/within.js';
import { ChatStore } from './chat-store.js';
import { Controls } from './controls.js';
import { keyInput } from './key-input.js';
import { App } from './screen/app.js';
import { endlessOutput, otherScreen } from './terminal.js';

/** How many messages of each conversation are held: what can be scrolled back to. */
const KEPT_MESSAGES = 2000;

/** Shows the full screen until the reader quits. The terminal is as before then, however it ends. */
export async function runChat(call: Call): Promise<void> {
  const work = async (session: SignedIn) => {
    const store = new ChatStore(session);
    try {
      await within(call.timeoutMs, begun(call, session, store));
      await shown(call, session, store);
    } finally {
      store.end();
    }
  };
  await signedIn(call, work, { endless: true, keptMessages: KEPT_MESSAGES });
}

async function begun({ args: [channel] }: Call, session: SignedIn, store: ChatStore): Promise<void> {
  await store.begin(channel === undefined ? GENERAL : await placeOf(channel, session));
}

async function shown({ io }: Call, { me, server }: SignedIn, store: ChatStore): Promise<void> {
  const isOver = io.interruption();
  const leave = otherScreen();
  try {
    const controls = new Controls(store, () => app.unmount());
    const app = render(<App store={store} controls={controls} me={me} server={server} />, {
      stdin: keyInput(),
      stdout: endlessOutput(),
      exitOnCtrlC: false,
    });
    isOver.addEventListener('abort', () => app.unmount());
    await app.waitUntilExit();
  } finally {
    leave();
  }
}
