// Part of `npm run lint`: refuses dependencies between projects that boundaries.mjs does not allow, or that are not declared.
import './node-version.mjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { boundaryFaults } from './boundaries.mjs';
import { nxEnvironment, root, run } from './workspace.mjs';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The project graph as Nx sees it. */
async function projectGraph() {
  const folder = mkdtempSync(join(tmpdir(), 'project-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const nx = join(root, 'node_modules/.bin/nx');
    const code = await run(nx, ['graph', `--file=${file}`], { quiet: true, env: nxEnvironment });
    if (code !== 0) process.exit(code);
    return readJson(file).graph;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Static imports and exports, side-effect imports, and dynamic imports of a literal. */
const importPattern =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function sourceOf(file, projectRoot) {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3]);
  const isRelative = (specifier) => specifier.startsWith('.');
  const leaves = specifiers
    .filter(isRelative)
    .filter((specifier) => relative(projectRoot, resolve(dirname(file), specifier)).startsWith('..'));
  const test = file.endsWith('.spec.ts') || relative(projectRoot, file).split(sep).includes('fixtures');
  return {
    file: relative(root, file),
    test,
    specifiers: specifiers.filter((each) => !isRelative(each)),
    leaves,
  };
}

function sourcesOf(projectRoot) {
  return readdirSync(projectRoot, { recursive: true })
    .filter((file) => /\.(ts|tsx|mjs|js)$/.test(file) && !/(^|[\\/])(node_modules|dist)[\\/]/.test(file))
    .map((file) => sourceOf(join(projectRoot, file), projectRoot));
}

function projectOf(node, graph, nameByRoot) {
  const projectRoot = join(root, node.data.root);
  const { dependencies, peerDependencies, devDependencies } = readJson(join(projectRoot, 'package.json'));
  const { references = [] } = readJson(join(projectRoot, 'tsconfig.json'));
  return {
    name: node.name,
    tags: node.data.tags,
    dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
    devDependencies: Object.keys(devDependencies ?? {}),
    references: references.map(
      ({ path }) => nameByRoot.get(relative(root, resolve(projectRoot, path))) ?? path,
    ),
    graph: (graph.dependencies[node.name] ?? []).map(({ target }) => target),
    sources: sourcesOf(projectRoot),
  };
}

const graph = await projectGraph();
const nodes = Object.values(graph.nodes).filter(({ data }) => data.root !== '.');
const nameByRoot = new Map(nodes.map(({ name, data }) => [data.root, name]));
const faults = boundaryFaults(
  nodes.map((node) => projectOf(node, graph, nameByRoot)),
  Object.keys(readJson(join(root, 'package.json')).devDependencies),
);
for (const fault of faults) console.error(fault);
console.log(`${nodes.length} projects, ${faults.length} forbidden or undeclared dependencies`);
process.exit(faults.length > 0 ? 1 : 0);
