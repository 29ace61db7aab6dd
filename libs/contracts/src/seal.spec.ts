import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SEALING_KEY_BYTES, Sealer } from './seal.js';

const sealer = () => new Sealer(randomBytes(SEALING_KEY_BYTES));

describe('Sealer', () => {
  it('opens what was sealed with the same key', () => {
    const one = sealer();
    expect(one.open(one.seal('pässword 😀'))).toBe('pässword 😀');
  });

  it('hides the secret, and differently each time', () => {
    const one = sealer();
    const [first, second] = [one.seal('secret'), one.seal('secret')];
    expect(first).not.toBe(second);
    expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('secret');
  });

  it('refuses another key and altered text', () => {
    const one = sealer();
    const sealed = one.seal('secret');
    const altered = (sealed[0] === 'A' ? 'B' : 'A') + sealed.slice(1);
    expect(() => sealer().open(sealed)).toThrow();
    expect(() => one.open(altered)).toThrow();
    expect(() => one.open('')).toThrow();
  });

  it('requires a key of 32 bytes', () => {
    expect(() => new Sealer(Buffer.alloc(16))).toThrow('32 bytes');
  });
});
