import { describe, expect, it } from '@jest/globals';
import { SOCKET_IO } from '../contestants/contestants.js';
import { PATHS, ROOM } from '../paths/paths.js';
import { limit } from './limit.js';

const { id, label } = SOCKET_IO;
const measured = (titles: readonly string[]) =>
  titles.map((situation) => ({
    contestant: id,
    label,
    situation,
    rounds: [{ rate: 1_400, perSecond: 27_900, p99Ms: 90, cpuUs: 4, generatorUs: 1, goodput: 0.876 }],
  }));

describe("the limit's section", () => {
  it('tells the rate, and what arrives in time at twice the rate', () => {
    const section = limit.section(measured(PATHS.map(({ title }) => title)));
    expect(section).toMatch(
      /\| one room of 1,000 +\| Socket\.IO, redis-adapter \| +1,400 \| +1\.0 \|.*\| +88 \|/,
    );
    expect(section).not.toContain('Not measured');
  });

  it('names the paths that are not measured', () => {
    expect(limit.section(measured([ROOM.title]))).toContain(
      '\n\nNot measured yet: 100 rooms of 20; 1,000 pairs; connecting.',
    );
  });
});
