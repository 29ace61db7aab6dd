import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../exit-codes.js';
import { serverAt } from './server.js';

describe('the address of a server', () => {
  it.each([
    ['localhost:3000', 'http://localhost:3000', 'ws://localhost:3000/ws'],
    ['http://localhost:3000/', 'http://localhost:3000', 'ws://localhost:3000/ws'],
    ['ws://localhost:3000/ws', 'http://localhost:3000', 'ws://localhost:3000/ws'],
    ['wss://chat.example.org/ws/', 'https://chat.example.org', 'wss://chat.example.org/ws'],
    ['https://example.org/chat', 'https://example.org/chat', 'wss://example.org/chat/ws'],
    ['[::1]:3000', 'http://[::1]:3000', 'ws://[::1]:3000/ws'],
  ])('%s is %s', (address, url, webSocketUrl) => {
    expect(serverAt(address)).toMatchObject({ url, webSocketUrl });
  });

  it.each([
    ['http://localhost:3000', false],
    ['http://127.0.0.1:3000', false],
    ['https://chat.example.org', false],
    ['http://chat.example.org', true],
    ['192.168.1.5:3000', true],
  ])('%s exposes what is sent: %s', (address, isExposed) => {
    expect(serverAt(address).isExposed).toBe(isExposed);
  });

  it.each(['', 'ftp://example.org', 'http://', 'http://a b', 'http://ada:secret@example.org'])(
    'refuses %j and repeats no password',
    (address) => {
      const refusal = () => serverAt(address);
      expect(refusal).toThrow(UsageError);
      expect(refusal).not.toThrow(/secret/);
    },
  );
});
