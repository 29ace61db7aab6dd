import { SCOPE } from './projects.mjs';

/**
 * Where package.json and tsconfig.json differ from what the files import of siblings, one line for each fault.
 * dependency-cruiser sees to other packages.
 * @param {import('./projects.mjs').Project[]} projects
 * @param {import('dependency-cruiser').IModule[]} modules the files of all projects
 * @param {{MAY_DEPEND_ON: object, MAY_RUN_ON: object, TESTS: string}} tables what .dependency-cruiser.mjs exports
 * @returns {string[]}
 */
export function declarationFaults(projects, modules, { MAY_DEPEND_ON, MAY_RUN_ON, TESTS }) {
  const tests = RegExp(TESTS);
  const siblings = (folder, isWanted) =>
    new Set(
      modules
        .filter(({ source }) => source.startsWith(`${folder}/`) && isWanted(source))
        .flatMap(({ dependencies }) => dependencies.map(({ module }) => module))
        .filter((name) => name.startsWith(SCOPE))
        .map((name) => name.split('/', 2).join('/')),
    );
  return projects.flatMap((project) => {
    const all = siblings(project.folder, () => true);
    return [
      ...tagFaults(project.name, 'type', project.types, MAY_DEPEND_ON),
      ...tagFaults(project.name, 'platform', project.platforms, MAY_RUN_ON),
      ...manifestFaults(
        project,
        siblings(project.folder, (file) => !tests.test(file)),
        all,
      ),
      ...referenceFaults(project, projects, all),
    ];
  });
}

function tagFaults(name, kind, found, known) {
  if (found.length === 1 && Object.hasOwn(known, found[0])) return [];
  return [
    `${name} needs one tag ${kind}:… of ${Object.keys(known).join(', ')}; it has ${found.join() || 'none'}`,
  ];
}

function manifestFaults({ name, dependencies, devDependencies, bundlesSiblings }, bySources, byAll) {
  // npm would look for each dependency of a package in its registry. What the package holds itself is none.
  const [place, forSources] = bundlesSiblings
    ? ['devDependencies', devDependencies]
    : ['dependencies', dependencies];
  const unused = (names, imported) => names.filter((each) => each.startsWith(SCOPE) && !imported.has(each));
  const undeclared = (imported, names) => [...imported].filter((each) => !names.includes(each));
  return [
    ...undeclared(bySources, forSources).map(
      (each) => `${name} imports ${each}, which its package.json does not declare under ${place}`,
    ),
    ...undeclared(byAll, [...bySources, ...dependencies, ...devDependencies]).map(
      (each) => `tests of ${name} import ${each}, which its package.json does not declare`,
    ),
    ...unused(dependencies, bySources).map((each) => `${name} declares ${each}, which no source imports`),
    ...unused(devDependencies, byAll).map(
      (each) => `${name} declares ${each} for tests, and none imports it`,
    ),
  ];
}

/** `tsc -b` builds what tsconfig.json refers to first. A missing reference shows only in a clean tree. */
function referenceFaults({ name, references }, projects, imported) {
  const folders = projects.filter((project) => imported.has(project.name)).map(({ folder }) => folder);
  return [
    ...folders
      .filter((folder) => !references.includes(folder))
      .map((folder) => `${name} imports ${folder}, and its tsconfig.json does not refer to it`),
    ...references
      .filter((folder) => !folders.includes(folder))
      .map((folder) => `${name}’s tsconfig.json refers to ${folder}, which it does not import`),
  ];
}
