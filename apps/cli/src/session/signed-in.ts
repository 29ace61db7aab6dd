import { ChatClient, ChatError } from '@parley/client';
import { WebSocket } from 'ws';
import type { Call } from '../command.js';
import { NotSignedInError } from '../exit-codes.js';
import { Credentials, type StoredSession } from './credentials.js';
import { Directory } from './directory.js';
import { DEFAULT_SERVER, type Server, serverAt } from './server.js';
import { within } from './within.js';

/** A session that is open. */
export interface SignedIn {
  readonly server: Server;
  readonly me: StoredSession;
  readonly client: ChatClient;
  readonly directory: Directory;
}

/** The server that a command is about: by `--server`, `PARLEY_SERVER`, the newest sign-in, or that of `npm start`. */
export async function serverOf({ options, config }: Call): Promise<Server> {
  const named = (options['server'] as string | undefined) ?? config.server;
  return serverAt(named ?? (await new Credentials(config.folder).currentServer()) ?? DEFAULT_SERVER);
}

/** A client that is not signed in yet. */
export const newClient = ({ webSocketUrl }: Server, keptMessages = 0): ChatClient =>
  new ChatClient({ url: webSocketUrl, webSocket: (url) => new WebSocket(url), keptMessages });

/** The session at the server, as it was kept. @throws NotSignedInError if there is none. */
export async function storedSession({ config }: Call, { url }: Server): Promise<StoredSession> {
  const session = await new Credentials(config.folder).of(url);
  if (session !== undefined) return session;
  throw new NotSignedInError(`nobody is signed in at ${url}: parley login NAME`);
}

/**
 * Opens the user's session, does some work with it, and closes the connection.
 * @param options `endless`: the work may take as long as it likes, and only opening has to be done in time.
 * @throws NotSignedInError; ChatError UNAVAILABLE when it takes too long.
 */
export async function signedIn<T>(
  call: Call,
  work: (session: SignedIn) => Promise<T>,
  { endless = false, keptMessages = 0 } = {},
): Promise<T> {
  const server = await serverOf(call);
  const me = await storedSession(call, server);
  const client = newClient(server, keptMessages);
  const over = new AbortController();
  const directory = new Directory(server.url, me.accessKey, over.signal);
  const session = { server, me, client, directory };
  const opened = () => within(call.timeoutMs, client.signInByKey(me.accessKey).catch(expiredAt(server)));
  try {
    if (!endless)
      return await within(
        call.timeoutMs,
        opened().then(() => work(session)),
      );
    await opened();
    return await work(session);
  } finally {
    over.abort();
    client.close();
  }
}

/** Says what to do about a session that has ended. */
export const expiredAt = ({ url }: Server) => {
  return (error: unknown): never => {
    if (error instanceof ChatError && error.name === 'SESSION_EXPIRED')
      throw new NotSignedInError(`the session at ${url} has ended: parley login NAME`);
    throw error;
  };
};
