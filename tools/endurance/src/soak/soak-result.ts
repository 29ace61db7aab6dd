import type { Sample } from './sample.js';

/** What a soak measured. */
export interface SoakResult {
  readonly hours: number;
  /** With nobody there, after warming up and at the end. */
  readonly warm: Sample;
  readonly end: Sample;
  readonly samples: readonly Sample[];
  readonly counts: { readonly connections: number; readonly frames: number; readonly failures: number };
  readonly kills: number;
  /** Patterns of keys of which there are more at the end, or which take more memory, with what there was and is. */
  readonly grownKeys: readonly string[];
}
