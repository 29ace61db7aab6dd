import { readFileSync } from 'node:fs';

/** The lines that a source may have without a word about it. Most have less than half of that. */
const MAX_LINES = 400;
const SAYS_WHY = /\blonger than\b|\blong because\b/;
/** Modules of Node are among what is imported. */
const OURS = /\.(tsx?|mjs|js)$/;
/** A table that a program writes. */
const MADE = /^\/\/ Made by /;

/**
 * The sources that are long and do not say why, one line for each. One that does has "longer than" or "long because" in a comment.
 * @param {string[]} sources paths of source files, without tests and fixtures
 * @returns {string[]}
 */
export function lengthFaults(sources) {
  return sources
    .filter((file) => OURS.test(file))
    .map((file) => [file, readFileSync(file, 'utf8')])
    .filter(([, text]) => !MADE.test(text) && !SAYS_WHY.test(text))
    .map(([file, text]) => [file, text.split('\n').length - 1])
    .filter(([, lines]) => lines > MAX_LINES)
    .map(
      ([file, lines]) =>
        `${file} has ${lines} lines; above ${MAX_LINES}, divide it or say why it is longer than others`,
    );
}
