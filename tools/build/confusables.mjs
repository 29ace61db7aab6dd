// Writes apps/users/src/names/confusables.ts from Unicode's confusables.txt: `node tools/build/confusables.mjs FILE`.
// The file is https://www.unicode.org/Public/security/16.0.0/confusables.txt, also in ICU's sources and so in Debian's
// source package icu 76.1-4 (`apt-get source icu`), as source/data/unidata/confusables.txt. A newer version changes which
// names look alike: what is stored carries the version, and the names are indexed again.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGET = fileURLToPath(new URL('../../apps/users/src/names/confusables.ts', import.meta.url));
const LINE_LENGTH = 100;

/**
 * The module that holds the table: for each prototype the characters that look like it, in hexadecimal digits.
 * @param {string} text Unicode's file
 * @returns {string} TypeScript
 * @throws Error when the file does not say its version
 */
export function confusablesModule(text) {
  const version = /^# Version: (\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error('expected confusables.txt of Unicode, with its version');
  const groups = [...groupsIn(text)].map(([prototype, alike]) => `${prototype}:${alike.join(',')}`);
  return `// Made by tools/build/confusables.mjs from confusables.txt of Unicode ${version}.
// SPDX-License-Identifier: Unicode-3.0
// Copyright © 1991-2024 Unicode, Inc. Its licence is in UNICODE-LICENSE.txt beside the package.

/** The version of Unicode whose table this is. */
export const CONFUSABLES_VERSION = '${version}';

/** For each prototype, in hexadecimal code points joined by "+", the characters that look like it. */
export const CONFUSABLES = \`
${wrapped(groups).join('\n')}
\`;
`;
}

/** @param {string} text @returns {Map<string, string[]>} characters by prototype */
function groupsIn(text) {
  const groups = new Map();
  for (const [, source, target] of text.matchAll(/^\s*([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;\s*MA\b/gm)) {
    const prototype = target.split(' ').map(shortest).join('+');
    groups.set(prototype, [...(groups.get(prototype) ?? []), shortest(source)]);
  }
  return groups;
}

const shortest = (digits) => Number.parseInt(digits, 16).toString(16);

/** @param {string[]} words @returns {string[]} lines of words that are joined by spaces */
function wrapped(words) {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1);
    const isFull = line.length + word.length >= LINE_LENGTH;
    if (line === '' || isFull) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.slice(1);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(TARGET, confusablesModule(readFileSync(process.argv[2], 'utf8').replace(/^\uFEFF/, '')));
}
