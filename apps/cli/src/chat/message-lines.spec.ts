import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { aMessage } from '../fixtures/a-message.js';
import { allLines, colorOf, type Line, messageLines, wrapped } from './message-lines.js';

const textOf = ({ spans }: Line) => spans.map(({ text }) => text).join('');
const texts = (lines: readonly Line[]) => lines.map(textOf);

describe('wrapped text', () => {
  it.each([
    ['breaks between words', 'one two three', 7, ['one two', 'three']],
    ['breaks a word that is too long', 'abcdefgh', 3, ['abc', 'def', 'gh']],
    ['begins such a word on its own line', 'ab cdefg', 4, ['ab', 'cdef', 'g']],
    ['keeps line breaks and empty lines', 'a\n\nb', 5, ['a', '', 'b']],
    ['counts columns, not characters', '日本語日本', 6, ['日本語', '日本']],
    ['divides no character', '👩‍👩‍👧👩‍👩‍👧', 2, ['👩‍👩‍👧', '👩‍👩‍👧']],
    ['is one line where nothing is written', '', 5, ['']],
  ])('%s', (_, text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines);
  });

  it('is never wider than asked', () => {
    const text = 'Füße 日本語 👩‍👩‍👧 a-rather-long-word-in-between and short ones';
    for (let width = 2; width < 60; width += 1)
      for (const line of wrapped(text, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });
});

describe('the lines of a message', () => {
  it('begin with the time and the name in its colour, and go on below the text', () => {
    const lines = messageLines(aMessage({ Message: 'a text of some length' }), 20);
    expect(texts(lines).map((line) => line.slice(6))).toEqual(['ada: a text of', 'some length']);
    expect(lines[0]!.spans[1]).toEqual({ text: 'ada', color: colorOf('ada-uuid'), isBold: true });
  });

  it('show what it answers, and reactions', () => {
    const replyTo = { UUID: 'u', Seq: 1, SenderUUID: 's', Username: 'bob', excerpt: 'first\nline' };
    const reactions = [{ reaction: '👍', count: 2, mine: true }];
    const lines = texts(messageLines(aMessage({ replyTo, reactions }), 60));
    expect(lines.map((line) => line.slice(6))).toEqual(['↪ bob: first line', 'ada: hello', '👍 2']);
  });

  it('hold nothing that a terminal obeys', () => {
    const evil = '\u001b[2J\u009b1m\u0007';
    const replyTo = { UUID: 'u', Seq: 1, SenderUUID: 's', Username: evil, excerpt: evil };
    const reactions = [{ reaction: evil, count: 1, mine: false }];
    const Sender = { UUID: 'u', Username: evil, OnLine: true };
    const lines = messageLines(aMessage({ Message: evil, Sender, replyTo, reactions }), 60);
    expect(texts(lines).join('')).not.toMatch(/\p{Cc}/u);
  });

  it('are computed once for a width', () => {
    const message = aMessage({});
    expect(messageLines(message, 40)).toBe(messageLines(message, 40));
    expect(messageLines(message, 40)).not.toBe(messageLines(message, 41));
  });
});

describe('all lines', () => {
  it('say where a day begins, and end with what is on its way', () => {
    const messages = [aMessage({ Seq: 1 }), aMessage({ Seq: 2, CreatedAt: '2026-12-02T09:00:00.000Z' })];
    const pending = [
      { key: '1', conversationId: 'general', text: 'soon' },
      { key: '2', conversationId: 'general', text: 'never', failure: 'This is not allowed.' },
    ];
    const lines = texts(allLines(messages, pending, 60));
    expect(lines).toHaveLength(6);
    expect(lines[2]).toBe('── Wed Dec 02 2026 ──');
    expect(lines[4]).toBe('…     soon');
    expect(lines[5]).toBe('✕     never (not sent: This is not allowed.)');
  });
});
