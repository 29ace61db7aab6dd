import { FAULTS } from './faults.js';
import { describeShortForm } from './fixtures/short-form.js';

describeShortForm(
  'on the stage that all share',
  FAULTS.filter(({ ownStage, isLong }) => !ownStage && !isLong),
);
