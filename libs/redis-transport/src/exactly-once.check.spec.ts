import { describeExactlyOnce } from './fixtures/exactly-once.suite.js';

describeExactlyOnce(10_000);
