import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { addressOf } from './client-address.js';

const asked = (forwarded?: string): IncomingMessage =>
  ({
    headers: { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['[::1]:99', '::1'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['"[2001:db8::7]:4711"', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:db8::1:443', '2001:db8::1:443'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['6.6.6.6, 1.2.3.4:80', '1.2.3.4'],
    ['unknown', '10.0.0.1'],
    ['1.2.3.4.5:80', '10.0.0.1'],
    ['[1.2.3.4', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('behind a proxy that writes %j is %s', (forwarded, address) => {
    expect(addressOf(asked(forwarded), true)).toBe(address);
  });

  it('is that of its connection without a proxy, whatever it writes', () => {
    expect(addressOf(asked('1.2.3.4'), false)).toBe('10.0.0.1');
    expect(addressOf(asked(), true)).toBe('10.0.0.1');
  });
});
