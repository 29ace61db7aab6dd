import { decodeHistogram, percentileMs } from '@parley/load-generator';
import type { RunReport } from './report.js';

/** The limits that a run must not exceed. */
export interface Thresholds {
  readonly maxP99Ms?: number | undefined;
  readonly maxLoss: number;
  readonly maxDoubles: number;
  readonly maxDisorder: number;
  readonly maxRefused: number;
  readonly maxReloads: number;
  readonly maxVanished: number;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** The limits that a run exceeds, one line each. */
export function brokenBy(run: RunReport, thresholds: Thresholds): string[] {
  const { maxP99Ms = Number.POSITIVE_INFINITY, maxLoss, maxDoubles, maxDisorder, maxRefused } = thresholds;
  const { maxReloads, maxVanished } = thresholds;
  const p99 = percentileMs(decodeHistogram(run.latency), 99);
  const { lost, doubled, disordered, strayed, reloads, vanished, repeated, unanswered } = run.account;
  const refused = sum(run.refused) + sum(run.connectionsLost);
  const lines: [boolean, string][] = [
    [p99 > maxP99Ms, `p99 is ${p99.toFixed(1)} ms, at most ${maxP99Ms} ms allowed`],
    [lost > maxLoss, `${lost} lost, at most ${maxLoss} allowed`],
    [doubled > maxDoubles, `${doubled} came twice, at most ${maxDoubles} allowed`],
    [disordered > maxDisorder, `${disordered} came out of order, at most ${maxDisorder} allowed`],
    [refused > maxRefused, `${refused} requests refused or connections lost, at most ${maxRefused} allowed`],
    [reloads > maxReloads, `${reloads} had to reload a channel, at most ${maxReloads} allowed`],
    [vanished > maxVanished, `${vanished} acknowledged and gone, at most ${maxVanished} allowed`],
    [repeated > 0, `${repeated} stored twice`],
    [unanswered > 0, `${unanswered} never acknowledged`],
    [strayed > 0, `${strayed} came from a channel that was not joined`],
  ];
  return lines.filter(([broken]) => broken).map(([, line]) => line);
}
