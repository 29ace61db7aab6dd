import { describe, expect, it } from '@jest/globals';
import { PasswordHasher } from './password-hasher.js';

const cheap = { memoryKib: 1_024, iterations: 1, parallelism: 1 };

describe('PasswordHasher', () => {
  it('creates argon2id hashes of the configured cost, each with its own salt', async () => {
    const hasher = new PasswordHasher({ memoryKib: 2_048, iterations: 2, parallelism: 1 });
    const [first, second] = [await hasher.hash('secret'), await hasher.hash('secret')];
    expect(first).toMatch(/^\$argon2id\$v=19\$m=2048,t=2,p=1\$/);
    expect(first).not.toBe(second);
  });

  it('tells right passwords from wrong ones, whatever the cost of the hash', async () => {
    const hash = await new PasswordHasher({ ...cheap, iterations: 2 }).hash('pässword 😀');
    const hasher = new PasswordHasher(cheap);
    expect(await hasher.verify(hash, 'pässword 😀')).toBe(true);
    expect(await hasher.verify(hash, 'password 😀')).toBe(false);
  });

  it.each([
    [cheap, false],
    [{ ...cheap, memoryKib: 2_048 }, true],
    [{ ...cheap, iterations: 2 }, true],
    [{ ...cheap, parallelism: 2 }, false],
    [{ ...cheap, memoryKib: 2_048, iterations: 1 }, true],
  ])('compares the cost of a hash with %j', async (cost, outdated) => {
    const hash = await new PasswordHasher(cheap).hash('secret');
    expect(new PasswordHasher(cost).isOutdated(hash)).toBe(outdated);
  });
});
