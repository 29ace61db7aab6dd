import { ChatError } from '@parley/client';
import type { Call, Command } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { ask, readAll } from '../session/ask.js';
import { Credentials, type StoredSession } from '../session/credentials.js';
import { Directory } from '../session/directory.js';
import type { Server } from '../session/server.js';
import { newClient, serverOf, signedIn, storedSession } from '../session/signed-in.js';
import { within } from '../session/within.js';

type Opened = Omit<StoredSession, 'username'>;

async function nameAndPassword({ args, options, io }: Call): Promise<readonly [string, string]> {
  const isPiped = options['password-stdin'] === true;
  if (isPiped && args[0] === undefined) throw new UsageError('login --password-stdin: expected NAME');
  if (!isPiped && !io.input.isTTY)
    throw new UsageError('login: there is no terminal to ask for the password on: use --password-stdin');
  const name = args[0] ?? (await ask(io, 'Name: ', false));
  return [name, isPiped ? await readAll(io.input) : await ask(io, 'Password: ', true)];
}

/** Opens a session. The client closes, and the session stays. */
async function openSession(call: Call, server: Server): Promise<Opened> {
  const { options, io, timeoutMs } = call;
  const token = options['token'] === '-' ? await readAll(io.input) : (options['token'] as string | undefined);
  const credentials = token === undefined ? await nameAndPassword(call) : undefined;
  const client = newClient(server);
  const opening = async (): Promise<Opened> => {
    if (credentials === undefined) return client.signInByToken({ token: token! });
    if (options['create'] === true) return client.signUp(...credentials);
    return new Directory(server.url, undefined, AbortSignal.timeout(timeoutMs)).signIn(...credentials);
  };
  try {
    return await within(timeoutMs, opening());
  } finally {
    client.close();
  }
}

async function login(call: Call): Promise<void> {
  const { options, config, printer, timeoutMs } = call;
  if (options['token'] !== undefined && (options['password-stdin'] === true || options['create'] === true))
    throw new UsageError('login: expected --token, or a name with a password');
  const server = await serverOf(call);
  const credentials = new Credentials(config.folder);
  await credentials.currentServer(); // a file that cannot be used is found before anybody types a password
  if (server.isExposed)
    printer.note(`${server.url} is clear text: everyone on the way can read the password`);
  const { userUUID, accessKey, expiresAt } = await openSession(call, server);
  const { Username: username } = await new Directory(
    server.url,
    accessKey,
    AbortSignal.timeout(timeoutMs),
  ).user('me');
  await credentials.keep(server.url, { userUUID, username, accessKey, ...(expiresAt && { expiresAt }) });
  const document = { server: server.url, userUUID, username, ...(expiresAt && { expiresAt }) };
  await printer.say(document, `signed in at ${server.url} as ${username}`);
}

/** Ends the session at the server first: a key that is only forgotten would still open it. */
async function logout(call: Call): Promise<void> {
  const server = await serverOf(call);
  const { username, accessKey } = await storedSession(call, server);
  const client = newClient(server);
  const ending = async () => {
    await client.signInByKey(accessKey);
    await client.signOut();
  };
  try {
    await within(call.timeoutMs, ending()).catch((error: unknown) => {
      const hasEnded = error instanceof ChatError && error.name === 'SESSION_EXPIRED';
      if (!hasEnded && call.options['force'] !== true) throw error;
    });
  } finally {
    client.close();
  }
  await new Credentials(call.config.folder).forget(server.url);
  await call.printer.say({ server: server.url, username }, `${username} is signed out at ${server.url}`);
}

async function whoami(call: Call): Promise<void> {
  await signedIn(call, async ({ server, me, directory }) => {
    const { UUID: userUUID, Username: username } = await directory.user('me');
    const document = {
      server: server.url,
      userUUID,
      username,
      ...(me.expiresAt && { expiresAt: me.expiresAt }),
    };
    await call.printer.say(document, `${username} (${userUUID}) at ${server.url}`);
  });
}

const WHO = '`{server, userUUID, username, expiresAt?}`';

/** The commands about the user's session. */
export const SESSION_COMMANDS: readonly Command[] = [
  {
    name: 'login',
    args: ['[NAME]'],
    options: {
      'password-stdin': { type: 'boolean', does: 'reads the password from standard input' },
      token: {
        type: 'string',
        value: 'TOKEN',
        does: "a token of the team's identity provider, or a bot's key; - reads it",
      },
      create: { type: 'boolean', does: 'makes the account' },
    },
    does: 'signs in, and keeps the session; asks for the password, and shows none of it',
    json: WHO,
    run: login,
  },
  {
    name: 'logout',
    args: [],
    options: { force: { type: 'boolean', does: 'forgets the session even if the server cannot be told' } },
    does: 'ends the session, everywhere',
    json: '`{server, username}`',
    run: logout,
  },
  { name: 'whoami', args: [], does: 'says who is signed in, and where', json: WHO, run: whoami },
];
