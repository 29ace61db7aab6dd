import Sequencer from '@jest/test-sequencer';
import { KINDS, kindOf } from './kinds.mjs';

/**
 * Starts the long kinds first, so that no file of minutes begins when the others are done. Within a kind Jest's own order
 * stays: what failed last time, then what took longest.
 */
export default class LongKindsFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => KINDS.indexOf(kindOf(path));
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
