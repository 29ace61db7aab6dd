import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { faultsOf } from '../report/report.js';
import { holds } from '../report/row.js';
import { SharedStage } from '../stage/stages.js';
import { FAULTS } from './faults.js';

jest.setTimeout(240_000);

describe('the short form of each fault', () => {
  const shared = new SharedStage(true);
  const options = { short: true, report: () => undefined, stage: shared.get };

  afterAll(() => shared.remove());

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s: nothing is lost, doubled or out of order',
    async (_, fault) => {
      const rows = await fault.run(options);
      expect(rows.flatMap(faultsOf)).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toMatchObject({ account: { lost: 0, doubled: 0, outOfOrder: 0 } });
      expect(rows.every(holds)).toBe(true);
    },
  );
});
