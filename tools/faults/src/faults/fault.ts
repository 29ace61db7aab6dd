import type { Row } from '../report/row.js';
import type { Stage } from '../stage/stage.js';

export interface FaultOptions {
  /** Once or twice instead of as often as in the report. */
  readonly short: boolean;
  /** Prints progress. */
  readonly report: (line: string) => void;
  /** The shared stage, for faults that do not need their own: two replicas of everything on one Redis. */
  readonly stage: () => Promise<Stage>;
}

/** A fault in steady traffic. */
export interface Fault {
  /** The name for `--only`. */
  readonly name: string;
  /** Whether the fault needs a stage of its own. The other faults share one. */
  readonly ownStage?: true;
  /** Whether even its short form takes so long that `npm run check` runs it, and not `npm test`. */
  readonly isLong?: true;
  /** Causes the fault and accounts for every message. Each kind of one fault gives a row. */
  run(options: FaultOptions): Promise<Row[]>;
}
