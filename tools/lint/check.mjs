// Part of `npm run lint`: checks who imports whom, what is declared, how large folders and files are, how errors are logged, under which
// licences the packages of others come, and where the links of documents lead. Prints a line for each fault; the exit code is 1 if there is one. `node tools/lint/check.mjs <folder>` checks
// the workspace in that folder.
import { existsSync, readdirSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import { declarationFaults } from './declarations.mjs';
import { folderFaults } from './folders.mjs';
import { lengthFaults } from './lengths.mjs';
import { packageFaults } from './licences.mjs';
import { linkFaults } from './links.mjs';
import { loggingFaults } from './logging.mjs';
import { projectsOf } from './projects.mjs';
import { readTsx } from './tsx.mjs';

// Paths in rules and messages are relative to the workspace's root.
process.chdir(process.argv[2] ?? '.');
const { default: configuration, ...tables } = await import('../../.dependency-cruiser.mjs');

const folders = ['apps', 'libs', 'tools', 'deploy', 'k8s', 'scripts'].filter((folder) => existsSync(folder));
const files = readdirSync('.').filter((file) => file.endsWith('.mjs'));
const { options, forbidden } = configuration;
readTsx();
const { output } = await cruise([...folders, ...files], {
  ...options,
  validate: true,
  ruleSet: { forbidden },
});

const projects = projectsOf('.');
const cruised = output.modules.filter(
  ({ source, couldNotResolve }) => !couldNotResolve && !/(^|\/)(node_modules|dist)\//.test(source),
);
const sources = cruised.map(({ source }) => source).filter((file) => !RegExp(tables.TESTS).test(file));
const faults = [
  ...output.summary.violations.map(importFault),
  ...declarationFaults(projects, cruised, tables),
  ...folderFaults(sources),
  ...lengthFaults(sources),
  ...loggingFaults(sources),
  ...packageFaults('.'),
  ...linkFaults('.'),
];
for (const fault of faults) console.error(fault);
console.log(`${cruised.length} files, ${projects.length} projects, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;

function importFault({ from, to, unresolvedTo, cycle, rule }) {
  const { comment } = forbidden.find(({ name }) => name === rule.name);
  if (cycle) return `${[from, ...cycle.map(({ name }) => name)].join(' → ')}: ${comment}`;
  return `${from} imports ${unresolvedTo ?? to}: ${comment}`;
}
