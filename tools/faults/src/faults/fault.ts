import type { Row } from '../report/row.js';
import type { Stage } from '../stage/stage.js';

export interface FaultOptions {
  /** Once or twice, in place of as often as the table says. */
  readonly short: boolean;
  /** Told how far it is, for people. */
  readonly report: (line: string) => void;
  /** The stage that all faults share which need none of their own: two replicas of everything on one Redis. */
  readonly stage: () => Promise<Stage>;
}

/** A fault that is brought about in steady traffic. */
export interface Fault {
  /** As `--only` takes it. */
  readonly name: string;
  /** Brings it about and accounts for every message. Several kinds of one fault are several rows. */
  run(options: FaultOptions): Promise<Row[]>;
}
