import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Stage } from '../stage/stage.js';
import { plans } from './fixtures/group-changes.js';
import { ResumeWorld } from './fixtures/resume-world.js';

jest.setTimeout(900_000);

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start({ settings: { AUTH_REPLICAS: '1', USERS_REPLICAS: '1' } });
});

afterAll(() => stage.remove());

it.each([
  ['the same steps each time', 16],
  ['others each time', randomInt(2 ** 31)],
])('who resumes past 200 changes of all kinds knows what one knows that never left: %s', async (_, seed) => {
  const found: string[] = [];
  const property = fc.asyncProperty(plans, async (plan) => {
    const world = await ResumeWorld.enter(stage);
    try {
      found.push(...(await world.findFaults(plan)));
    } finally {
      await world.leave();
    }
    return found.length === 0;
  });
  // The seed gives the steps, which are too many to show. They meet other moments in a second run: none are left out.
  const { errorInstance } = await fc.check(property, { numRuns: 2, seed, endOnFailure: true });
  const said = errorInstance === null ? [] : stage.complaints();
  expect({ seed, found, errorInstance, said }).toEqual({ seed, found: [], errorInstance: null, said: [] });
});
