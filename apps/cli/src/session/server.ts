import { UsageError } from '../exit-codes.js';

/** Where `npm start` listens. */
export const DEFAULT_SERVER = 'http://localhost:3000';

/** A chat server, as this command addresses it. */
export interface Server {
  /** Where its REST API and its WebSocket begin, without a slash at the end. The credentials are kept under it. */
  readonly url: string;
  readonly webSocketUrl: string;
  /** Whether what is sent can be read on its way: it goes to another machine in clear text. */
  readonly isExposed: boolean;
}

const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
};

/**
 * Reads the address of a server: `localhost:3000`, `https://chat.example.org`, or that of its WebSocket, which ends with `/ws`.
 * @throws UsageError for anything else, and for an address with a name and a password, which belong into no address.
 */
export function serverAt(address: string): Server {
  const given = HAS_SCHEME.test(address) ? address : `http://${address}`;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const scheme = SCHEMES[url?.protocol ?? ''];
  if (url === undefined || scheme === undefined || url.hostname === '')
    throw new UsageError(`--server ${address}: expected an address such as ${DEFAULT_SERVER}`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--server: expected an address without a name and a password');
  const path = url.pathname.replace(/\/(ws)?\/?$/, '');
  const place = `//${url.host}${path}`;
  return {
    url: scheme + place,
    webSocketUrl: `${scheme === 'https:' ? 'wss:' : 'ws:'}${place}/ws`,
    isExposed: scheme === 'http:' && !LOCAL.test(url.hostname),
  };
}
