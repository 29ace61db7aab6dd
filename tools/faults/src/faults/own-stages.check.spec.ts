import { FAULTS } from './faults.js';
import { describeShortForm } from './fixtures/short-form.js';

describeShortForm(
  'on a stage of its own',
  FAULTS.filter(({ ownStage, isLong }) => ownStage && !isLong),
);
