import { describe, expect, it } from '@jest/globals';
import { accountsOf, type Seating, seatOf, sendersOf, threadOf, visitorSeat } from './seating.js';

const general: Seating = { urls: ['a', 'b'], connections: 1_000, senders: 10, rooms: 0, accounts: 300 };
const rooms: Seating = { urls: ['a', 'b'], connections: 103, senders: 10, rooms: 10, accounts: 1_000 };
const seats = (seating: Seating) =>
  Array.from({ length: seating.connections }, (_, index) => seatOf(seating, index));
const counted = (values: readonly number[]) =>
  values.reduce(
    (counts, value) => counts.set(value, (counts.get(value) ?? 0) + 1),
    new Map<number, number>(),
  );

describe('a seating', () => {
  it.each([general, rooms])('has each sender once, those of a room one after the other', (seating) => {
    const senders = seats(seating).filter(({ sender }) => sender >= 0);
    expect(senders.map(({ sender }) => sender)).toEqual([...Array(10).keys()]);
    for (const { room, sender } of senders) {
      const { first, count } = sendersOf(seating, room);
      expect(sender >= first && sender < first + count).toBe(true);
    }
  });

  it('shares the accounts in the general channel', () => {
    expect(accountsOf(general)).toBe(300);
    expect(new Set(seats(general).map(({ account }) => account)).size).toBe(300);
  });

  it('has the two users of a room, who are each other’s partners, and its share of the connections', () => {
    expect(accountsOf(rooms)).toBe(20);
    for (const { room, account, partner } of seats(rooms)) {
      expect(new Set([account, partner])).toEqual(new Set([2 * room, 2 * room + 1]));
    }
    for (const count of counted(seats(rooms).map(({ room }) => room)).values()) {
      expect(count).toBeGreaterThanOrEqual(10);
      expect(count).toBeLessThanOrEqual(11);
    }
  });

  it('spreads connections and senders over threads, and keeps a room on one', () => {
    const threadsOf = (of: readonly ReturnType<typeof seatOf>[], seating: Seating) =>
      counted(of.map((seat) => threadOf(seating, seat, 2)));
    for (const count of threadsOf(seats(general), general).values())
      expect(Math.abs(count - 500)).toBeLessThan(5);
    const senders = seats(general).filter(({ sender }) => sender >= 0);
    for (const count of threadsOf(senders, general).values()) expect(Math.abs(count - 5)).toBeLessThan(2);
    for (const room of Array(10).keys()) {
      expect(
        threadsOf(
          seats(rooms).filter((seat) => seat.room === room),
          rooms,
        ).size,
      ).toBe(1);
    }
  });

  it('gives visitors accounts of their own', () => {
    const seating = { ...general, visitors: 2 };
    expect(accountsOf(seating)).toBe(302);
    expect([0, 1].map((visitor) => visitorSeat(seating, visitor).account)).toEqual([300, 301]);
  });
});
