import { randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { runModel } from '../model/fixtures/model-run.js';
import { FAULTS } from './faults.js';
import { describeShortForm } from './fixtures/short-form.js';

const shared = describeShortForm(
  'on the stage that all share',
  FAULTS.filter(({ ownStage, isLong }) => !ownStage && !isLong),
);

// The model has no stage of its own: to start one costs more than to run it.
describe('clients of which anything may be asked, on lines that break', () => {
  it.each([
    ['the same operations each time', 13],
    ['others each time', randomInt(2 ** 31)],
  ])('are told each message once and in order: %s', async (_, seed) => {
    const run = runModel(await shared.get(), { runs: 2, operations: 50, ends: false, seed });
    await expect(run).resolves.toBeUndefined();
  });
});
