import { describe, expect, it } from '@jest/globals';
import { aMessage } from '../fixtures/a-message.js';
import { dayAndTime, messageText } from './message-text.js';

describe('a message in a line', () => {
  const at = dayAndTime(aMessage({}).CreatedAt);

  it('says when, who and what, and where if asked', () => {
    expect(messageText(aMessage({ Message: 'hi' }))).toBe(`${at}  ada: hi`);
    expect(messageText(aMessage({ Message: 'hi' }), '#lobby')).toBe(`${at}  #lobby  ada: hi`);
  });

  it('says that it was edited or deleted', () => {
    expect(messageText(aMessage({ editedAt: 'now' }))).toMatch(/hello \(edited\)$/);
    expect(messageText(aMessage({ Message: '', deletedAt: 'now' }))).toMatch(/: \(deleted\)$/);
  });

  it('cannot pass for two messages, nor command the terminal', () => {
    const forged = messageText(aMessage({ Message: 'yes\n2026-11-30 09:00  bob: no\u001b[1A' }));
    expect(forged.split('\n')).toEqual([`${at}  ada: yes`, '    2026-11-30 09:00  bob: no[1A']);
    const name = { UUID: 'u', Username: 'a\nbob: x', OnLine: true };
    expect(messageText(aMessage({ Sender: name }))).toBe(`${at}  a bob: x: hello`);
  });
});
