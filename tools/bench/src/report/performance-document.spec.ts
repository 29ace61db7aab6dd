import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BENCHMARKS, documented } from '../benchmarks/benchmarks.js';
import { transportSection } from '../transport/table.js';
import { readTransportResult } from '../transport/transport.js';
import { DOCUMENT, sectionOf, UNMEASURED } from './document.js';
import { overview } from './overview.js';
import { readResult } from './results.js';

/** As the list of ages says it: "26 November 2026". */
const inWords = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date));

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

  it('begins with an overview of what is recorded of limit and latency, and has its pictures', async () => {
    const { section, pictures } = overview(await readResult('limit'), await readResult('latency'));
    expect(sectionOf(text, 'overview')).toBe(section);
    // Nothing generated comes before it.
    expect(text.indexOf('<!-- npm run bench -- ')).toBe(text.indexOf('<!-- npm run bench -- overview -->'));
    for (const [file, picture] of pictures)
      expect(readFileSync(join(dirname(DOCUMENT), file), 'utf8')).toBe(picture);
  });

  it('lists each table under the day on which it was recorded', () => {
    const [, ages] = /^### How old each table is\n(.*?)^##/ms.exec(text)!;
    const byDay = ages!.split(/^- \*\*/m).slice(1);
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
