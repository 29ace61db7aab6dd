import { describeExactlyOnce } from './fixtures/exactly-once.suite.js';

describeExactlyOnce(2_000);
