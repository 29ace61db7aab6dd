import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { AllowedOrigins } from './allowed-origins.js';

const from = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe('origins that may connect by default', () => {
  const origins = new AllowedOrigins(undefined, false);

  it.each([
    ['chat.internal', 'https://chat.internal'],
    ['chat.internal:3000', 'http://chat.internal:5173'],
    ['CHAT.internal:3000', 'http://chat.internal'],
    ['127.0.0.1:3000', 'http://127.0.0.1:8080'],
    ['[::1]:3000', 'http://[::1]:8080'],
  ])('to %s include %s: the host name is the same', (host, origin) => {
    expect(origins.admits(from({ host, origin }))).toBe(true);
  });

  it('include no origin at all: that is a program', () => {
    expect(origins.admits(from({ host: 'chat.internal' }))).toBe(true);
  });

  it.each([
    'https://evil.example',
    'https://chat.internal.evil.example',
    'https://evil.example/chat.internal',
    'https://chat.internal@evil.example',
    'chrome-extension://chat.internal',
    'file://',
    'null',
    '',
    'chat.internal',
  ])('exclude %j', (origin) => {
    expect(origins.admits(from({ host: 'chat.internal', origin }))).toBe(false);
  });

  it('exclude all where the client names no host', () => {
    expect(origins.admits(from({ origin: 'http://' }))).toBe(false);
    expect(origins.admits(from({ origin: 'http://chat.internal' }))).toBe(false);
  });

  it('go by the host that a trusted proxy was asked for', () => {
    const headers = {
      host: 'gateway:3000',
      'x-forwarded-host': 'chat.internal',
      origin: 'https://chat.internal',
    };
    expect(new AllowedOrigins(undefined, true).admits(from(headers))).toBe(true);
    expect(origins.admits(from(headers))).toBe(false);
  });
});

describe('origins that are listed', () => {
  const origins = new AllowedOrigins(
    ['https://Chat.example.com:443', 'http://localhost:5173', 'null'],
    false,
  );

  it.each(['https://chat.example.com', 'http://localhost:5173', 'null', undefined])(
    'may connect: %s',
    (origin) => {
      expect(origins.admits(from({ host: 'other', ...(origin !== undefined && { origin }) }))).toBe(true);
    },
  );

  it.each(['http://chat.example.com', 'https://chat.example.com:8443', 'http://localhost', 'http://other'])(
    'are the only ones: %s',
    (origin) => {
      expect(origins.admits(from({ host: 'other', origin }))).toBe(false);
    },
  );

  it('are all with an asterisk', () => {
    expect(new AllowedOrigins(['*'], false).admits(from({ host: 'a', origin: 'https://b' }))).toBe(true);
  });
});
