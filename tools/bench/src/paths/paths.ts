import { connectsPath } from './connects-path.js';
import { messagesPath } from './messages-path.js';
import type { Path } from './path.js';

/** One room with everybody in it. */
export const ROOM = messagesPath('room', 'one room of 1,000', { connections: 1_000, senders: 200 });
export const ROOMS = messagesPath('rooms', '100 rooms of 20', {
  connections: 2_000,
  senders: 200,
  rooms: 100,
});
export const PRIVATE = messagesPath('private', '1,000 pairs', {
  connections: 2_000,
  senders: 2_000,
  rooms: 1_000,
});
export const CONNECT = connectsPath('connect', 'connecting', 1_000);

/** What people choose a chat server for, each under the load of its own. */
export const PATHS: readonly Path[] = [ROOM, ROOMS, PRIVATE, CONNECT];

/** The users that all of them need, on crowds of this scale. */
export const accountsFor = (scale: number): number =>
  Math.max(...PATHS.map(({ accounts }) => accounts)) * scale;
