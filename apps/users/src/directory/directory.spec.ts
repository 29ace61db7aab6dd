import { describeDirectory } from '../fixtures/directory.suite.js';
import { InMemoryDirectory } from '../fixtures/in-memory-directory.js';

describeDirectory('InMemoryDirectory', () => new InMemoryDirectory());
