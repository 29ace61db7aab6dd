import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Stage } from '../stage/stage.js';
import { runModel } from './fixtures/model-run.js';

const SEED = randomInt(2 ** 31);

jest.setTimeout(900_000);

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start({ settings: { AUTH_REPLICAS: '1', USERS_REPLICAS: '1', DRAIN_SECONDS: '1' } });
});

afterAll(() => stage.remove());

it.each([
  ['breaks, delays, errors and pipelining', { runs: 60, operations: 80, ends: false }],
  ['ends of gateways besides', { runs: 20, operations: 80, ends: true }],
])('each message once and in order, through %s', async (_, options) => {
  await expect(runModel(stage, { ...options, seed: SEED })).resolves.toBeUndefined();
});
