import { describe, expect, it } from '@jest/globals';
import { writtenCommand } from './written-command.js';

describe('what is written', () => {
  it.each([
    ['hello', { kind: 'message', text: 'hello' }],
    ['/etc/passwd is a path', { kind: 'message', text: '/etc/passwd is a path' }],
    ['//quit', { kind: 'message', text: '/quit' }],
    ['/quit', { kind: 'quit' }],
    ['/msg ada l', { kind: 'open', channel: '@ada l' }],
    ['/msg @ada', { kind: 'open', channel: '@ada' }],
    ['/join lobby', { kind: 'open', channel: '#lobby' }],
    ['/join #lobby', { kind: 'open', channel: '#lobby' }],
    ['/join', { kind: 'unknown', name: '/join' }],
    ['/frob', { kind: 'unknown', name: '/frob' }],
  ])('%j means %j', (text, meaning) => {
    expect(writtenCommand(text)).toEqual(meaning);
  });
});
