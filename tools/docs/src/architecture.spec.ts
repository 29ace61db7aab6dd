import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { codeWords, documentedTable } from './documented-table.js';
import { textOf, urlOf } from './workspace.js';

const DOCUMENT = 'docs/architecture.md';
const steps = documentedTable(DOCUMENT, 'How a message travels').map(({ step, file, function: name }) => ({
  step: step!,
  file: codeWords(file!)[0]!,
  name: codeWords(name!)[0]!,
}));

/** The definition of a function or a method: a call ends with a semicolon. */
const definitionOf = (name: string) =>
  new RegExp(
    `^ *(export )?(private |override |async |static |function |const )*${name}\\b[^;\\n]*[({][^;\\n]*$`,
    'm',
  );

const foldersIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(urlOf(folder)), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe("a message's way in docs/architecture.md", () => {
  it('has at most 20 steps', () => {
    expect(steps.length).toBeGreaterThan(10);
    expect(steps.length).toBeLessThanOrEqual(20);
  });

  it.each(steps)('"$step" is $name of $file', ({ file, name }) => {
    expect(textOf(file)).toMatch(definitionOf(name));
  });
});

describe('the tree in docs/architecture.md', () => {
  it('names every project and the other folders at the root', () => {
    const named = documentedTable(DOCUMENT, 'Where to find what').map(({ folder }) => codeWords(folder!)[0]!);
    const projects = ['apps', 'libs', 'tools'].flatMap((group) =>
      foldersIn(group)
        .filter((name) => existsSync(urlOf(`${group}/${name}/package.json`)))
        .map((name) => `${group}/${name}`),
    );
    expect(named.toSorted()).toEqual([...projects, 'deploy', 'k8s', 'scripts'].toSorted());
  });

  it("names every folder of the gateway's sources", () => {
    const named = documentedTable(DOCUMENT, 'The gateway').map(({ folder }) => codeWords(folder!)[0]!);
    expect(named.toSorted()).toEqual(foldersIn('apps/gateway/src').toSorted());
  });
});
