import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BENCHMARKS, documented } from '../benchmarks/benchmarks.js';
import { transportSection } from '../transport/table.js';
import { readTransportResult } from '../transport/transport.js';
import { DOCUMENT, sectionOf } from './document.js';
import { readResult } from './results.js';

describe('docs/performance.md', () => {
  const text = readFileSync(DOCUMENT, 'utf8');

  it.each(BENCHMARKS.map((benchmark) => [benchmark.name, benchmark] as const))(
    'shows what is recorded of %s',
    async (name, benchmark) => {
      const result = await readResult(name);
      expect(result).toBeDefined();
      expect(sectionOf(text, name)).toBe(await documented(benchmark, result!));
    },
  );

  it('shows what is recorded of transport', async () => {
    expect(sectionOf(text, 'transport')).toBe(transportSection(await readTransportResult()));
  });
});
