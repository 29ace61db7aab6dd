import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import fc from 'fast-check';
import { AccessWorld } from './fixtures/access-world.js';
import { acts } from './fixtures/acts.js';

jest.setTimeout(900_000);

const SEED = Number(process.env['ACCESS_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['ACCESS_RUNS'] ?? 25);
const ACTS = 80;

let folder: string;
let stack: Stack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-access-'));
  const settings = {
    ...CHEAP_HASHING,
    PORT: '0',
    DATA_DIR: folder,
    GATEWAY_WORKERS: '2',
    USER_ANSWER_BYTES_PER_SECOND: '0',
  };
  stack = await startStack({ settings, gatewayPorts: 'separate' });
});

afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

// A counterexample is not made smaller: each try costs a world of its own.
it(`nobody sees or does what is not theirs, whatever they do (ACCESS_SEED=${SEED})`, async () => {
  const property = fc.asyncProperty(acts(ACTS), async (list) => {
    const world = new AccessWorld(stack, folder);
    await world.enter();
    try {
      for (const act of list) await world.carryOut(act);
    } finally {
      await world.leave();
    }
    expect(world.faults).toEqual([]);
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true, includeErrorInReport: true });
});
