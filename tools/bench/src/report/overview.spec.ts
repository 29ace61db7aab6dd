import { describe, expect, it } from '@jest/globals';
import { situationOf } from '../benchmarks/latency.js';
import { COMPARED, PARLEY } from '../contestants/contestants.js';
import type { Measured } from '../measuring/rounds.js';
import { CONNECT, PATHS, ROOM } from '../paths/paths.js';
import { overview } from './overview.js';
import type { Result } from './results.js';

const resultOf = (measured: Measured[]) => ({ measured }) as unknown as Result;
const each = (situation: (path: (typeof PATHS)[number]) => string, figures: Record<string, number>) =>
  PATHS.flatMap((path) =>
    COMPARED.map(({ id, label }) => ({
      contestant: id,
      label,
      situation: situation(path),
      rounds: [id === PARLEY.id ? { ...figures, rate: 2_400 } : { ...figures, rate: 100 }],
    })),
  );
const limit = resultOf(each(({ title }) => title, {}));
const half = { p50Ms: 4.25, p99Ms: 20, cpuUs: 7, memoryBytes: 300e6 };
const latency = resultOf(each((path) => situationOf(path, 0.5), half));

describe('the overview', () => {
  it('has a line for each server on each path, and a picture of each path', () => {
    const { section, pictures } = overview(limit, latency);
    const rows = section.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(2 + PATHS.length * COMPARED.length);
    expect(rows[2]!.split('|').map((cell) => cell.trim())).toEqual([
      '',
      ROOM.title,
      PARLEY.label,
      '2,400',
      '4.3',
      '20.0',
      '7.0',
      '300',
      '',
    ]);
    expect([...pictures.keys()]).toEqual(
      ['room', 'rooms', 'private', 'connect'].map((id) => `pictures/bench-${id}.svg`),
    );
    for (const [file, picture] of pictures) {
      expect(section).toContain(`](${file})`);
      expect(picture).toMatch(/^<svg .*>2,400<\/text>.*<\/svg>\n$/s);
      for (const { label } of COMPARED) expect(picture).toContain(`>${label}</text>`);
    }
  });

  it('says that nothing is measured until every path is', () => {
    const some = resultOf(limit.measured.filter(({ situation }) => situation !== CONNECT.title));
    for (const { section, pictures } of [overview(), overview(limit), overview(some, latency)]) {
      expect(section).toMatch(/^Not measured yet\. Until then: /);
      expect(pictures.size).toBe(0);
    }
  });
});
