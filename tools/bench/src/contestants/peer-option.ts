import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Wire } from './contestant.js';

/** A server that the command line names. */
export interface CommandPeer {
  /** Its name in tables. */
  id: string;
  /** Starts one of its processes, in a shell. */
  command: string;
  wire: Wire;
  /** Where its WebSockets are. A dialect of its own may say something else for each connection. */
  path: string;
}

/** The framings of the servers here, and where their WebSockets are. */
const PATHS = {
  'socket.io': '/socket.io/?EIO=4&transport=websocket',
  'nest-ws': '/',
  parley: '/ws',
} as const;

/** What `--peer` accepts, for messages. */
export const PEER_FORM = `NAME=command or NAME:DIALECT=command, DIALECT one of ${Object.keys(PATHS).join(', ')}, or a module (./mine.js)`;

const isKnown = (dialect: string): dialect is keyof typeof PATHS => Object.hasOwn(PATHS, dialect);

/** Reads `NAME:DIALECT=command`, without a dialect Socket.IO's. @returns undefined when it has another form */
export function readPeer(text: string): CommandPeer | undefined {
  const [, id, dialect = 'socket.io', command] = /^([\w.-]+)(?::([^=]+))?=(.*\S.*)$/.exec(text) ?? [];
  if (id === undefined || command === undefined) return undefined;
  if (isKnown(dialect)) return { id, command, wire: dialect, path: PATHS[dialect] };
  if (!/^(\.{0,2}\/).*\.m?js$/.test(dialect)) return undefined;
  return { id, command, wire: { module: pathToFileURL(resolve(dialect)).href }, path: '/' };
}
