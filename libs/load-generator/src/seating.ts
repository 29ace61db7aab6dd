/** Which connection is where. Threads and machines with the same numbers agree. */
export interface Seating {
  readonly urls: readonly string[];
  readonly connections: number;
  /** How many of the connections send, evenly spread. */
  readonly senders: number;
  /** 0: all are in the general channel. Otherwise the number of rooms: two users each, the same number of connections each. */
  readonly rooms: number;
  /** Users that the connections share; with rooms, two per room. */
  readonly accounts: number;
  /** Further users, who come and go. */
  readonly visitors?: number;
}

/** One connection's place. */
export interface Seat {
  readonly index: number;
  readonly url: number;
  readonly account: number;
  /** 0 in the general channel. */
  readonly room: number;
  readonly general: boolean;
  /** In a room: the other user's account. */
  readonly partner: number;
  /** Number among the senders, or -1. The senders of a room have consecutive numbers. */
  readonly sender: number;
}

/** How many accounts the permanent connections use. */
const residents = ({ rooms, accounts, connections }: Seating): number =>
  rooms > 0 ? 2 * rooms : Math.min(accounts, connections);

/** How many accounts a seating uses. */
export const accountsOf = (seating: Seating): number => residents(seating) + (seating.visitors ?? 0);

export function seatOf(seating: Seating, index: number): Seat {
  const { connections, rooms, urls } = seating;
  const room = rooms > 0 ? Math.floor((index * rooms) / connections) : 0;
  const side = rooms > 0 ? (index - firstOf(seating, room)) % 2 : 0;
  return {
    index,
    url: index % urls.length,
    account: rooms > 0 ? 2 * room + side : index % residents(seating),
    room,
    general: rooms === 0,
    partner: rooms > 0 ? 2 * room + 1 - side : -1,
    sender: senderOf(seating, index),
  };
}

/** The place of a visitor: in the general channel. */
export function visitorSeat(seating: Seating, visitor: number): Seat {
  return {
    index: seating.connections + visitor,
    url: visitor % seating.urls.length,
    account: residents(seating) + visitor,
    room: 0,
    general: true,
    partner: -1,
    sender: -1,
  };
}

/** The first connection of a room; for the room after the last, the number of connections. */
const firstOf = ({ connections, rooms }: Seating, room: number): number =>
  rooms === 0 ? room * connections : Math.ceil((room * connections) / rooms);

const sendersBefore = ({ connections, senders }: Seating, index: number): number =>
  Math.floor((index * senders) / connections);

function senderOf(seating: Seating, index: number): number {
  const before = sendersBefore(seating, index);
  return sendersBefore(seating, index + 1) > before ? before : -1;
}

/** The senders of a room: the number of the first, and how many there are. */
export function sendersOf(seating: Seating, room: number): { first: number; count: number } {
  const first = sendersBefore(seating, firstOf(seating, room));
  return { first, count: sendersBefore(seating, firstOf(seating, room + 1)) - first };
}

/**
 * The thread of a connection. A room stays on one thread, so that its members share a tape. The golden ratio spreads rooms
 * without aligning with senders or URLs, which go to every n-th connection.
 */
export function threadOf({ rooms }: Seating, { index, room }: Seat, threads: number): number {
  return Math.floor((((rooms > 0 ? room : index) * GOLDEN) % 1) * threads);
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
