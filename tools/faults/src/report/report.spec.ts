import { describe, expect, it } from '@jest/globals';
import { faultsOf, markdown } from './report.js';
import { atMost, holds, type Row, wellIn } from './row.js';

const account = {
  acknowledged: 10,
  stored: 10,
  delivered: 20,
  lost: 0,
  lostAsDocumented: 0,
  doubled: 0,
  outOfOrder: 0,
  failed: 0,
  faults: [],
};
const row: Row = {
  fault: 'a fault',
  times: 2,
  account,
  wellMs: [800, 1_250],
  claims: [wellIn([800, 1_250], 5_000)],
};

describe('the verdict', () => {
  it('is that it holds where nothing is wrong', () => {
    expect(holds(row)).toBe(true);
    expect(faultsOf(row)).toEqual([]);
  });

  it.each(['lost', 'doubled', 'outOfOrder', 'failed'])('does not hold with one message %s', (kind) => {
    expect(holds({ ...row, account: { ...account, [kind]: 1 } })).toBe(false);
  });

  it('does not hold where nothing was acknowledged at all', () => {
    expect(holds({ ...row, account: { ...account, acknowledged: 0 } })).toBe(false);
  });

  it('does not hold with a claim that is not true', () => {
    const broken = { ...row, claims: [atMost('all well again', 5_001, 5_000, 'ms')] };
    expect(holds(broken)).toBe(false);
    expect(faultsOf(broken)).toEqual(['a fault: does not hold: all well again: 5001 ms, at most 5000']);
  });
});

describe('the report', () => {
  it('has a line for each fault, and one for each claim', () => {
    const lines = markdown([row]).split('\n');
    expect(lines[2]).toMatch(
      /^\| a fault +\| 2 +\| 10 +\| 10 +\| 20 +\| 0 .*\| 0\.8 s to 1\.3 s +\| holds +\|$/,
    );
    expect(lines.at(-1)).toBe('- a fault: all well again: 1250 ms, at most 5000');
  });

  it('has a claim that is made each time once', () => {
    const [claim] = row.claims;
    const lines = markdown([{ ...row, claims: [claim!, claim!] }]).split('\n');
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(1);
  });

  it('tells what was lost as the documents say apart from what was lost', () => {
    const losing = { ...row, account: { ...account, lostAsDocumented: 3 } };
    expect(markdown([losing])).toContain('0 (and 3 as documented)');
    expect(markdown([{ ...row, account: { ...account, lost: 1 } }])).toContain('**does not hold**');
  });
});
