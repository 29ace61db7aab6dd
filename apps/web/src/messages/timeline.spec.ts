import { describe, expect, it } from '@jest/globals';
import type { Message } from '@parley/protocol';
import type { ShownMessage } from '@parley/react';
import { messageOf, messagesOf } from '../fixtures/messages.js';
import { isShifted, momentOf, nameOfDay, rowsOf } from './timeline.js';

const shown = (message: Message): ShownMessage => ({
  ...message,
  key: message.UUID,
  state: 'stored',
  isOwn: false,
});
const kinds = (rows: ReturnType<typeof rowsOf>) => rows.map(({ kind }) => kind);
const firsts = (rows: ReturnType<typeof rowsOf>) =>
  rows.flatMap((row) => (row.kind === 'message' ? [row.isFirst] : []));

describe('the rows of a conversation', () => {
  it('begin each day with its name, and put what is being sent last', () => {
    const other = messageOf(2, { CreatedAt: '2026-01-03T12:00:00Z' });
    const post = { ...shown(messageOf(0)), key: 'mine', state: 'sending' } as const;
    expect(kinds(rowsOf([shown(messageOf(1)), shown(other), post], undefined))).toEqual([
      'day',
      'message',
      'day',
      'message',
      'pending',
    ]);
  });

  it('name the author once for what was written together', () => {
    const bob = { SenderUUID: 'bob' };
    const late = { ...bob, CreatedAt: '2026-01-01T12:20:00Z' };
    const rows = rowsOf(
      [messageOf(1), messageOf(2), messageOf(3, bob), messageOf(4, late)].map(shown),
      undefined,
    );
    expect(firsts(rows)).toEqual([true, false, true, true]);
  });

  it('mark where the unread messages begin', () => {
    expect(kinds(rowsOf(messagesOf(1, 3).map(shown), 2))).toEqual([
      'day',
      'message',
      'message',
      'unread',
      'message',
    ]);
    expect(kinds(rowsOf(messagesOf(1, 2).map(shown), 2))).not.toContain('unread');
  });

  it('tell what comes before from what comes after', () => {
    const now = rowsOf(messagesOf(10, 20).map(shown), undefined);
    expect(isShifted(now, rowsOf(messagesOf(1, 20).map(shown), undefined))).toBe(true);
    expect(isShifted(now, rowsOf(messagesOf(10, 21).map(shown), undefined))).toBe(false);
    expect(isShifted(now, now)).toBe(false);
  });
});

describe('the name of a day', () => {
  const now = new Date(2026, 2, 10, 9);
  it.each([
    [new Date(2026, 2, 10, 0, 1), 'Today'],
    [new Date(2026, 2, 9, 23, 59), 'Yesterday'],
  ])('is a word for %s', (day, word) => {
    expect(nameOfDay(day.toISOString(), now)).toBe(word);
  });

  it('has the year where that is another one', () => {
    expect(nameOfDay(new Date(2025, 2, 9).toISOString(), now)).toContain('2025');
    expect(nameOfDay(new Date(2026, 2, 2).toISOString(), now)).not.toContain('2026');
  });
});

describe('a moment', () => {
  it('is told by its weekday and its time to the minute, and no date', () => {
    const day = new Date(2026, 2, 10, 9, 41, 59);
    const told = momentOf(day.toISOString());
    expect(told).toContain(day.toLocaleDateString(undefined, { weekday: 'short' }));
    expect(told).toContain('41');
    expect(told).not.toMatch(/2026|59/);
    expect(told).not.toContain(day.toLocaleDateString(undefined, { month: 'short' }));
    expect(momentOf(new Date(2026, 2, 17, 9, 41).toISOString())).toBe(told);
  });
});
