import { describe, expect, it } from '@jest/globals';
import { judged } from './audited-packages.mjs';

const reportOf = (...vulnerabilities) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      vulnerabilities.map((each) => [each.name, { ...each, nodes: [`node_modules/${each.name}`] }]),
    ),
  });

const held = new Set(['node_modules/a', 'node_modules/b']);

describe('the audit', () => {
  it('fails for what is serious in the image, and reports the rest', () => {
    const output = reportOf(
      { name: 'a', severity: 'critical', range: '<2' },
      { name: 'b', severity: 'moderate', range: '*' },
      { name: 'tool', severity: 'critical', range: '*' },
    );
    expect(judged(output, held)).toEqual({
      lines: [
        'critical: a <2',
        'moderate: b *',
        '2 vulnerable packages, 1 seriously; 1 more only in our tools',
      ],
      failed: 1,
      isAnswered: true,
    });
  });

  it('passes when nothing is known', () => {
    expect(judged(reportOf(), held)).toMatchObject({ failed: 0, isAnswered: true });
  });

  it.each(['', 'npm error', '{"message":"404 Not Found","error":{"code":"ENOAUDIT"}}'])(
    'says that nothing was checked when npm prints %j',
    (output) => {
      const { lines, failed, isAnswered } = judged(output, held);
      expect({ lines: lines.length, failed, isAnswered }).toEqual({ lines: 1, failed: 0, isAnswered: false });
    },
  );
});
