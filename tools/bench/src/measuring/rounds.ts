import { median } from '@parley/testing';

/** The figures of one measurement, by name. A figure that a contestant does not have is absent. */
export type Figures = Readonly<Record<string, number>>;

/** Something to measure once in each round. */
export interface Entry {
  contestant: string;
  label: string;
  /** Which situation, when a contestant is measured in several. */
  situation?: string;
  measure(): Promise<Figures>;
}

/** The figures of one entry, round by round. */
export interface Measured {
  contestant: string;
  label: string;
  situation?: string;
  rounds: Figures[];
}

/**
 * Measures every entry once in each round, so that a disturbance of the machine affects all of them. Each round begins with
 * another entry, so that no entry always runs first, on an idle machine.
 */
export async function inRounds(
  entries: readonly Entry[],
  rounds: number,
  report: (line: string) => void = console.error,
): Promise<Measured[]> {
  const measured = entries.map(({ contestant, label, situation }): Measured => {
    return { contestant, label, situation, rounds: [] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const index of order(entries.length, round)) {
      const figures = await entries[index]!.measure();
      measured[index]!.rounds.push(figures);
      const { label, situation = '' } = entries[index]!;
      report(`round ${round + 1}: ${label} ${situation} ${JSON.stringify(figures)}`);
    }
  }
  return measured;
}

/** 0 … count - 1, beginning with another one in each round. */
export function order(count: number, round: number): number[] {
  return Array.from({ length: count }, (_, at) => (at + round) % count);
}

/** The median of each figure over the rounds that have it. */
export function medians({ rounds }: Measured): Figures {
  const names = new Set(rounds.flatMap((figures) => Object.keys(figures)));
  const middle = (name: string) =>
    median(rounds.map((figures) => figures[name]).filter((value) => value !== undefined));
  return Object.fromEntries([...names].map((name) => [name, middle(name)]));
}
