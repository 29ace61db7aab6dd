import Sequencer from '@jest/test-sequencer';

/** The kinds of test that take longest, in the order in which they are started. */
const LONG_KINDS = [/\.e2e\.spec\./, /\.browser\.spec\./, /\.int\.spec\./];

/**
 * Starts the long kinds first, so that no file of a minute begins when the others are done. Within a kind Jest's own order
 * stays: what failed last time, then what took longest.
 */
export default class LongKindsFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const kind = LONG_KINDS.findIndex((pattern) => pattern.test(path));
      return kind < 0 ? LONG_KINDS.length : kind;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
