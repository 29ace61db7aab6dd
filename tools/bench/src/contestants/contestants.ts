import type { Contestant } from './contestant.js';
import { parley } from './parley-contestant.js';
import { peer } from './peer-contestant.js';

export const PARLEY = parley({ id: 'parley', label: 'Parley' });

/** Collects a socket's frames for 10 ms before each write. */
export const PARLEY_TICK = parley({
  id: 'parley-tick-10',
  label: 'Parley, `FANOUT_TICK_MS=10`',
  settings: { FANOUT_TICK_MS: '10' },
});

/** Hashes passwords as in production. */
export const PARLEY_SIGN_IN = parley({ id: 'parley', label: 'Parley', fullHashing: true });

const ENGINE_IO = '/socket.io/?EIO=4&transport=websocket';

export const SOCKET_IO = peer({
  id: 'socket.io-redis',
  label: 'Socket.IO, redis-adapter',
  wire: 'socket.io',
  module: 'socket-io',
  path: ENGINE_IO,
});

export const SOCKET_IO_STREAMS = peer({
  id: 'socket.io-streams',
  label: 'Socket.IO, redis-streams-adapter',
  wire: 'socket.io',
  module: 'socket-io',
  variant: 'streams',
  path: ENGINE_IO,
});

export const NEST_WS = peer({
  id: 'nest-ws',
  label: 'naive Nest gateway',
  wire: 'nest-ws',
  module: 'nest-ws',
  path: '/',
});

/** One frame and one write per member, and nothing else: what the kernel needs. */
export const BARE = peer({
  id: 'bare',
  label: 'the kernel alone',
  wire: 'nest-ws',
  module: 'bare',
  path: '/',
});

/** The contestant that ratios refer to. */
export const REFERENCE = SOCKET_IO;

/** Parley and the servers that people choose between. */
export const COMPARED: readonly Contestant[] = [PARLEY, SOCKET_IO, SOCKET_IO_STREAMS, NEST_WS];

export const ALL: readonly Contestant[] = [PARLEY, PARLEY_TICK, SOCKET_IO, SOCKET_IO_STREAMS, NEST_WS, BARE];
