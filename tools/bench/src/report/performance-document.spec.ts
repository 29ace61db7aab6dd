import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BENCHMARKS, documented } from '../benchmarks/benchmarks.js';
import { transportSection } from '../transport/table.js';
import { readTransportResult } from '../transport/transport.js';
import { DOCUMENT, sectionOf } from './document.js';
import { readResult } from './results.js';

/** As the list of ages says it: "26 November 2026". */
const inWords = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date));

/** What stands where nothing is recorded. */
const UNMEASURED = 'Not measured yet.';

describe('docs/performance.md', () => {
  const text = readFileSync(DOCUMENT, 'utf8');

  it.each(BENCHMARKS.map((benchmark) => [benchmark.name, benchmark] as const))(
    'shows what is recorded of %s, or that nothing is',
    async (name, benchmark) => {
      const result = await readResult(name);
      expect(sectionOf(text, name)).toBe(result ? await documented(benchmark, result) : UNMEASURED);
    },
  );

  it('shows what is recorded of transport', async () => {
    expect(sectionOf(text, 'transport')).toBe(transportSection(await readTransportResult()));
  });

  it('lists each table under the day on which it was recorded', () => {
    const ages = text.slice(text.indexOf('### How old each table is'), text.indexOf('\n## Fan-out'));
    const byDay = ages.split(/^- \*\*/m).slice(1);
    const names = [...BENCHMARKS.map((benchmark) => benchmark.name), 'transport'];
    for (const name of names.filter((each) => sectionOf(text, each) !== UNMEASURED)) {
      const heading = text
        .slice(0, text.indexOf(sectionOf(text, name)))
        .match(/^##+ .*$/gm)!
        .at(-1)!;
      const anchor = heading.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-');
      const [date] = /\d{4}-\d\d-\d\d/.exec(sectionOf(text, name))!;
      const day = byDay.find((item) => item.includes(`(#${anchor})`));
      expect([name, day]).toEqual([name, expect.stringContaining(inWords(date!))]);
    }
  });
});
