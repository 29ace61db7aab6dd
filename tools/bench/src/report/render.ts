import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BENCHMARKS, documented } from '../benchmarks/benchmarks.js';
import { renderTransport } from '../transport/transport.js';
import { DOCUMENT, UNMEASURED, writeSection } from './document.js';
import { overview } from './overview.js';
import { type Result, readResult } from './results.js';

/** Writes all recorded results into the document: some tables use the results of several benchmarks. */
export async function renderAll(): Promise<void> {
  const results = new Map(
    await Promise.all(BENCHMARKS.map(async ({ name }) => [name, await readResult(name)] as const)),
  );
  for (const benchmark of BENCHMARKS) {
    const result = results.get(benchmark.name);
    await writeSection(benchmark.name, result ? await documented(benchmark, result) : UNMEASURED);
  }
  const { section, pictures } = overview(results.get('limit'), results.get('latency'));
  await writeSection('overview', section);
  for (const [file, picture] of pictures) await writeFile(join(dirname(DOCUMENT), file), picture);
  await renderTransport();
}

/** A result with the rounds of an earlier one before its own. */
export function appended(earlier: Result | undefined, result: Result): Result {
  if (!earlier) return result;
  const measured = result.measured.map((each) => {
    const same = earlier.measured.find(
      ({ contestant, situation }) => contestant === each.contestant && situation === each.situation,
    );
    return { ...each, rounds: [...(same?.rounds ?? []), ...each.rounds] };
  });
  return { ...result, rounds: earlier.rounds + result.rounds, measured };
}
