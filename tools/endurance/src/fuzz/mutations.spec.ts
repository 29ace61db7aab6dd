import { describe, expect, it } from '@jest/globals';
import { decodeRequest, requestPayloads } from '@parley/protocol';
import fc from 'fast-check';
import { readCorpus } from './corpus.js';
import { request } from './grammar.js';
import { mutant } from './mutations.js';

const SEED = 1;

describe('what the fuzzer sends', () => {
  it('is well-formed enough to be decoded, in more than half of the frames', () => {
    const drawn = fc.sample(mutant, { seed: SEED, numRuns: 500 });
    const decoded = drawn.filter(
      ({ as, bytes }) => as === 'text' && decodeRequest(bytes.toString()).request !== undefined,
    );
    expect(decoded.length / drawn.length).toBeGreaterThan(0.6);
    expect(decoded.length).toBeLessThan(drawn.length);
  });

  it('is of every type that a client may send', () => {
    const drawn = fc.sample(request, { seed: SEED, numRuns: 1_000 });
    expect(new Set(drawn.map(({ type }) => type))).toEqual(new Set(Object.keys(requestPayloads)));
  });

  it('is the same again with the same seed', () => {
    const [one, other] = [1, 2].map(() => fc.sample(mutant, { seed: SEED, numRuns: 20 }));
    expect(one).toEqual(other);
  });

  it('begins with the past finds', async () => {
    const corpus = await readCorpus();
    expect(corpus.length).toBeGreaterThan(30);
    expect(corpus.every(({ bytes }) => Buffer.isBuffer(bytes))).toBe(true);
  });
});
