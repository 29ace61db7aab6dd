import { describe, expect, it } from '@jest/globals';
import { tableOfMedians } from './table.js';

const measured = [
  { contestant: 'ours', label: 'Ours', rounds: [{ cpu: 2, p99: 1_234.5 }] },
  { contestant: 'theirs', label: 'Theirs', rounds: [{ cpu: 4 }] },
];

describe('a table of medians', () => {
  it('has a row for each contestant, ratios within the run, and a dash for what one does not have', () => {
    const table = tableOfMedians(measured, [
      { title: 'CPU', value: 'cpu', digits: 1 },
      { title: 'of theirs', value: 'cpu', ratioTo: 'theirs' },
      { title: 'p99', value: ({ p99 }) => p99 },
    ]);
    expect(table.split('\n')).toEqual([
      '| server | CPU | of theirs |   p99 |',
      '| ------ | --: | --------: | ----: |',
      '| Ours   | 2.0 |      0.50 | 1,235 |',
      '| Theirs | 4.0 |      1.00 |     – |',
    ]);
  });

  it('compares only within one situation', () => {
    const inBoth = ['few', 'many'].flatMap((situation, factor) =>
      measured.map((each) => ({ ...each, situation, rounds: [{ cpu: each.rounds[0]!.cpu + factor }] })),
    );
    const table = tableOfMedians(inBoth, [{ title: 'of theirs', value: 'cpu', ratioTo: 'theirs' }]);
    expect(table).toContain('| few       | Ours   |      0.50 |');
    expect(table).toContain('| many      | Ours   |      0.60 |');
  });
});
