import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { RedisConnection } from './connection.js';
import { Script } from './script.js';

describe('Script', () => {
  it('runs by its SHA-1, and sends it whole when Redis does not know it', async () => {
    const source = 'local one = 1\nreturn one\n';
    const script = new Script(source);
    const known = new Set<string>();
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
    const redis = {
      evalsha: async (sha: string, ...rest: unknown[]) => {
        if (!known.has(sha)) throw new Error('NOSCRIPT No matching script.');
        return ['by SHA-1', ...rest];
      },
      eval: async (sent: string, ...rest: unknown[]) => {
        known.add(sha1(sent));
        return ['whole', ...rest];
      },
    } as unknown as RedisConnection;
    expect(await script.run(redis, ['key'], ['argument'])).toEqual(['whole', 1, 'key', 'argument']);
    expect(await script.run(redis, ['key'], ['argument'])).toEqual(['by SHA-1', 1, 'key', 'argument']);
    expect([...known]).toEqual([sha1(source)]);
  });
});
