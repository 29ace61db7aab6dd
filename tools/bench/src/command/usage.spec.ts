import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { BENCHMARKS } from '../benchmarks/benchmarks.js';
import { explain } from './usage.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

describe('npm run bench -- <name> --help', () => {
  it.each(BENCHMARKS.map((benchmark) => [benchmark.name, benchmark] as const))(
    'says what %s asks, as the README does',
    (name, benchmark) => {
      expect(explain(benchmark)).toContain(`npm run bench -- ${name}: ${benchmark.question}\n`);
      const row = readFileSync(README, 'utf8')
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\` `));
      expect(row).toContain(` ${benchmark.question} `);
    },
  );

  it.each(['limit', 'transport'])('explains %s and measures nothing', async (name) => {
    const { stdout, stderr } = await run(name, '--help');
    expect(stdout).toMatch(new RegExp(`^npm run bench -- ${name}: .*\\?\\n[^]*--rounds`));
    expect(stderr).toBe('');
  });

  it.each([
    ['--help', 0, /^Measures hot paths/],
    ['nothing-of-this', 2, /^there is no benchmark nothing-of-this\n/],
  ])('%s alone ends with %d', async (argument, code, text) => {
    const { stdout, stderr } = await run(argument).catch((error) => {
      expect(error.code).toBe(code);
      return error;
    });
    expect(stdout + stderr).toMatch(text);
  });
});
