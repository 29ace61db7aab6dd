import { FAULTS } from './faults.js';
import { describeShortForm } from './fixtures/short-form.js';

describeShortForm(
  'that takes long',
  FAULTS.filter(({ isLong }) => isLong),
);
