import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { MAY_DEPEND_ON } from '../../../.dependency-cruiser.mjs';

const check = fileURLToPath(new URL('../check.mjs', import.meta.url));
const folders = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** package.json and tsconfig.json of a project, and its link in node_modules. */
function project(
  folder,
  type,
  { platform = 'node', dependencies = [], references = dependencies, ...rest } = {},
) {
  const declared = (names) => Object.fromEntries(names.map((name) => [name, '*']));
  const manifest = {
    name: named(folder),
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    nx: { tags: [`type:${type}`, `platform:${platform}`, ...(rest.tags ?? [])] },
    dependencies: declared(dependencies.map(named)),
    devDependencies: declared(rest.devDependencies ?? []),
  };
  const path = (reference) => ({ path: `../../${reference}` });
  return {
    [`${folder}/package.json`]: JSON.stringify(manifest),
    [`${folder}/tsconfig.json`]: JSON.stringify({ references: references.map(path) }),
  };
}
const named = (folder) => (folder.includes('/') ? `@parley/${folder.split('/')[1]}` : folder);

/** A workspace without a fault. */
const sound = {
  'package.json': JSON.stringify({
    workspaces: ['apps/*', 'libs/*', 'tools/*'],
    devDependencies: { jest: '*' },
  }),
  'node_modules/zod/index.js': '',
  'node_modules/jest/index.js': '',
  ...project('libs/protocol', 'protocol', { platform: 'any', dependencies: ['zod'], references: [] }),
  'libs/protocol/src/index.ts': "export * from './frame.js';",
  'libs/protocol/src/frame.ts': "import { z } from 'zod'; export type Frame = z.infer<unknown>;",
  'libs/protocol/src/frame.spec.ts': "import 'jest'; import 'node:fs'; import './frame.js';",
  ...project('libs/redis', 'redis', { dependencies: ['libs/protocol'] }),
  'libs/redis/src/index.ts': "import type { Frame } from '@parley/protocol'; export const frame: Frame = 1;",
  'libs/redis/src/step.ts': "import source from './step.lua.js'; export const step = source;",
  // One project is built. The rest is checked without.
  'libs/redis/dist/index.d.ts': '',
  ...project('tools/local-stack', 'stack', { dependencies: ['libs/redis'] }),
  'tools/local-stack/src/index.ts': "export * from '@parley/redis';",
  ...project('apps/gateway', 'app', {
    dependencies: ['libs/redis'],
    devDependencies: ['@parley/local-stack'],
    references: ['libs/redis', 'tools/local-stack'],
  }),
  'apps/gateway/src/main.ts': "import './lifecycle/life.js';",
  'apps/gateway/src/config.ts': 'export const config = 1;',
  'apps/gateway/src/pacing/retry.ts': "import { config } from '../config.js'; export const retry = config;",
  'apps/gateway/src/pacing/retry.spec.ts': "import '@parley/local-stack'; import '../lifecycle/life.js';",
  'apps/gateway/src/socket/link.ts': "import { retry } from '../pacing/retry.js'; export const link = retry;",
  'apps/gateway/src/delivery/hub.ts': "import { link } from '../socket/link.js'; export const hub = link;",
  'apps/gateway/src/frames/router.ts':
    "import { link } from '../socket/link.js'; export const router = link;",
  'apps/gateway/src/lifecycle/life.ts': "import '@parley/redis'; import '../delivery/hub.js';",
  ...project('apps/users', 'app'),
  'apps/users/src/main.ts': 'export {};',
  // Its package holds its sibling.
  ...project('apps/cli', 'app', {
    devDependencies: ['@parley/protocol'],
    references: ['libs/protocol'],
    tags: ['bundles:siblings'],
  }),
  'apps/cli/src/main.ts': "import '@parley/protocol'; import './screen.js';",
  'apps/cli/src/screen.tsx': 'export const screen = <p>{1 + 1}</p>;',
  'deploy/tests/compose.spec.mjs': "import '../../apps/users/dist/config.js';",
  'scripts/start.mjs': "import 'node:fs';",
  'libs/redis/src/states.ts': `/** It is longer than most files, because its states are read together. */${'\n'.repeat(500)}`,
  'libs/redis/src/table.ts': `// Made by a program.${'\n'.repeat(500)}`,
  'README.md': [
    '# The chat, `npm start`',
    '[the way in](docs/guide.md#the-way-in-get-ready), [again](docs/guide.md#again-1), [sources](libs/redis/src), [here](#the-chat-npm-start)',
    '[elsewhere](https://example.org/none#at-all), `[code](none.md)`',
    '```md',
    '[fenced](none.md)',
    '```',
  ].join('\n'),
  'docs/guide.md': [
    '## The way in: [get ready](../README.md)',
    '## Again',
    '## Again',
    '```sh',
    '# a comment',
    '```',
  ].join('\n'),
};

/** By title: files that plant a fault, and the lines that report it. */
const faults = {
  'an import against the order of the gateway’s folders': [
    { 'apps/gateway/src/socket/up.ts': "import { hub } from '../delivery/hub.js'; export const up = hub;" },
    'apps/gateway/src/socket/up.ts imports ../delivery/hub.js: of the gateway’s folders, socket imports only pacing and itself',
  ],
  'an import between folders of one level': [
    { 'apps/gateway/src/frames/across.ts': "import type { hub } from '../delivery/hub.js';" },
    'apps/gateway/src/frames/across.ts imports ../delivery/hub.js: of the gateway’s folders, frames imports only pacing, socket and itself',
  ],
  'a folder without a place in the order': [
    { 'apps/gateway/src/helpers/new.ts': "import 'node:fs';" },
    'apps/gateway/src/helpers/new.ts imports fs: a folder or root file of the gateway needs its place in .dependency-cruiser.mjs',
  ],
  'a setting that needs a folder': [
    { 'apps/gateway/src/metrics.ts': "import './pacing/retry.js';" },
    'apps/gateway/src/metrics.ts imports ./pacing/retry.js: config.ts, metrics.ts and gateway-id.ts import none of the gateway’s files',
  ],
  'an app that imports an app': [
    {
      ...project('apps/auth', 'app', { dependencies: ['apps/users'] }),
      'apps/auth/src/main.ts': "import '@parley/users';",
      'apps/users/src/index.ts': '',
    },
    'apps/auth/src/main.ts imports @parley/users: @parley/auth is of type app, which may depend on protocol, transport, contracts, redis, kit and signed-http only',
  ],
  'a project of a type that may not be imported': [
    {
      ...project('libs/contracts', 'contracts', { dependencies: ['libs/redis'] }),
      'libs/contracts/src/index.ts': "import type { frame } from '@parley/redis';",
    },
    'libs/contracts/src/index.ts imports @parley/redis: @parley/contracts is of type contracts, which may depend on protocol only',
  ],
  'a project for browsers that imports one for Node': [
    {
      ...project('libs/client', 'kit', { platform: 'any', dependencies: ['libs/redis'] }),
      'libs/client/src/index.ts': "import '@parley/redis'; import { readFile } from 'node:fs';",
    },
    'libs/client/src/index.ts imports @parley/redis: @parley/client is of platform any, which may depend on platform any only',
    'libs/client/src/index.ts imports fs: this project is of platform any and runs in browsers: no module of Node',
  ],
  'a source that imports what is for tests': [
    {
      'apps/gateway/src/socket/testing.ts': "import '@parley/local-stack'; import './fixtures/fake.js';",
      'apps/gateway/src/socket/fixtures/fake.ts': '',
    },
    'apps/gateway/src/socket/testing.ts imports @parley/local-stack: @parley/gateway is of type app, which may depend on protocol, transport, contracts, redis, kit and signed-http only',
    '@parley/gateway imports @parley/local-stack, which its package.json does not declare under dependencies',
    'apps/gateway/src/socket/testing.ts imports ./fixtures/fake.js: only tests import tests and fixtures',
  ],
  'an error that is logged in another way than whole': [
    {
      'apps/gateway/src/socket/told.ts':
        "export const told = (logger, error) => logger.warn({ why: error.message }, 'refused');",
      'apps/gateway/src/socket/said.ts': `export const said = (log, error) => log.warn(\`refused: \${error}\`);`,
      'libs/redis/src/printed.ts': 'export const printed = (error) => console.error(error);',
    },
    "apps/gateway/src/socket/told.ts: logger.warn({ why: error.message }, 'refused') takes an error apart; give the logger the error itself",
    `apps/gateway/src/socket/said.ts: log.warn(\`refused: \${error}\`) takes an error apart; give the logger the error itself`,
    'libs/redis/src/printed.ts: console.error(…) writes past the logger, which describes errors',
  ],
  'a cycle': [
    {
      'libs/redis/src/a.ts': "import { b } from './b.js'; export const a = () => b;",
      'libs/redis/src/b.ts': "import { a } from './a.js'; export const b = () => a;",
    },
    'libs/redis/src/a.ts → libs/redis/src/b.ts → libs/redis/src/a.ts: these files import each other in a circle; an import of a type counts',
  ],
  'a cycle of components': [
    {
      'apps/cli/src/list.tsx': "import { Row } from './row.js'; export const List = () => <Row />;",
      'apps/cli/src/row.tsx': "import { List } from './list.js'; export const Row = () => <List />;",
    },
    'apps/cli/src/list.tsx → apps/cli/src/row.tsx → apps/cli/src/list.tsx: these files import each other in a circle; an import of a type counts',
  ],
  'a cycle of types only': [
    {
      'libs/redis/src/c.ts': "import type { D } from './d.js'; export type C = D;",
      'libs/redis/src/d.ts': "export type { C } from './e.js'; export type D = 1;",
      'libs/redis/src/e.ts': "import { type C } from './c.js'; export type { C };",
    },
    'libs/redis/src/c.ts → libs/redis/src/d.ts → libs/redis/src/e.ts → libs/redis/src/c.ts: these files import each other in a circle; an import of a type counts',
  ],
  'a package that is not declared': [
    { 'apps/users/src/zod.ts': "const load = () => import('zod');" },
    'apps/users/src/zod.ts imports zod: neither the package.json of this place nor, for tests, the root’s declares this package',
  ],
  'a sibling that is not declared': [
    {
      ...project('libs/bare', 'kit', { references: ['libs/redis', 'tools/local-stack'] }),
      'libs/bare/src/index.ts': "import '@parley/redis';",
      'libs/bare/src/index.spec.ts': "import '@parley/redis'; import '@parley/local-stack';",
    },
    '@parley/bare imports @parley/redis, which its package.json does not declare under dependencies',
    'tests of @parley/bare import @parley/local-stack, which its package.json does not declare',
  ],
  'a sibling in a package that a registry is asked for': [
    {
      ...project('apps/bundled', 'app', { dependencies: ['libs/protocol'], tags: ['bundles:siblings'] }),
      'apps/bundled/src/main.ts': "import '@parley/protocol';",
    },
    '@parley/bundled imports @parley/protocol, which its package.json does not declare under devDependencies',
  ],
  'a source that imports a package of tests': [
    { 'apps/users/src/jest.ts': "import 'jest';" },
    'apps/users/src/jest.ts imports jest: sources need this package: declare it under dependencies of the project’s package.json',
  ],
  'a package that does not exist': [
    { 'apps/users/src/none.ts': "import 'none';" },
    'apps/users/src/none.ts imports none: there is no such file or package; if it is a package, declare it and run npm install',
  ],
  'an import past the index': [
    {
      'apps/gateway/src/pacing/deep.ts': "import '@parley/redis/src/a.js'; import '@parley/redis/dist/a.js';",
    },
    'apps/gateway/src/pacing/deep.ts imports @parley/redis/src/a.js: import the package itself: what it offers is in its index',
    'apps/gateway/src/pacing/deep.ts imports @parley/redis/dist/a.js: import the package itself: what it offers is in its index',
  ],
  'a relative import that leaves its project': [
    { 'apps/gateway/src/pacing/out.ts': "import '../../../../libs/redis/src/index.js';" },
    'apps/gateway/src/pacing/out.ts imports ../../../../libs/redis/src/index.js: a relative import stays in its project: import the other project by its name',
  ],
  'a source of a project that deploy/ imports': [
    { 'deploy/check.mjs': "import '../libs/redis/src/index.js';" },
    'deploy/check.mjs imports ../libs/redis/src/index.js: outside the projects, import what this is built to: its path has dist instead of src',
  ],
  'a script that needs a package': [
    { 'scripts/test.mjs': "import 'jest';" },
    'scripts/test.mjs imports jest: scripts/ runs before anything is installed and imports no package',
  ],
  'declarations that nothing imports': [
    project('libs/idle', 'kit', {
      dependencies: ['libs/protocol'],
      devDependencies: ['@parley/local-stack'],
    }),
    '@parley/idle declares @parley/protocol, which no source imports',
    '@parley/idle declares @parley/local-stack for tests, and none imports it',
    '@parley/idle’s tsconfig.json refers to libs/protocol, which it does not import',
  ],
  'an import that tsconfig.json does not refer to': [
    {
      ...project('libs/kit', 'kit', { dependencies: ['libs/redis'], references: [] }),
      'libs/kit/src/index.ts': "export * from '@parley/redis';",
    },
    '@parley/kit imports libs/redis, and its tsconfig.json does not refer to it',
  ],
  'a project of no known type or platform': [
    project('libs/odd', 'odd', { platform: 'moon' }),
    `@parley/odd needs one tag type:… of ${Object.keys(MAY_DEPEND_ON).join(', ')}; it has odd`,
    '@parley/odd needs one tag platform:… of any, node, browser; it has moon',
  ],
  'a folder of more than 30 sources': [
    Object.fromEntries(
      Array.from({ length: 31 }, (_, index) => [`apps/users/src/many/${index}.ts`, '']).concat([
        ['apps/users/src/many/0.spec.ts', ''],
        ['apps/users/src/many/step.lua', ''],
      ]),
    ),
    'apps/users/src/many holds 31 source files; 30 is the most: divide it',
  ],
  'a source that is long and does not say why': [
    { 'libs/redis/src/long.ts': 'export {};\n'.repeat(401), 'libs/redis/src/long.spec.ts': '\n'.repeat(500) },
    'libs/redis/src/long.ts has 401 lines; above 400, divide it or say why it is longer than others',
  ],
  'a link that leads nowhere': [
    {
      'docs/links.md': '[file](none.md) [heading](guide.md#none) [comment](guide.md#a-comment) [own](#none)',
    },
    'docs/links.md links to none.md, which is not there',
    'docs/links.md links to guide.md#none, which is not there',
    'docs/links.md links to guide.md#a-comment, which is not there',
    'docs/links.md links to #none, which is not there',
  ],
  'a picture that is not there': [
    {
      'docs/shown.md': [
        '<picture><source media="(prefers-color-scheme: dark)" srcset="dark.png"><img alt="It" src="light.png"></picture>',
        '`<img src="code.png">` <img src="https://example.org/none.png">',
      ].join('\n'),
    },
    'docs/shown.md links to dark.png, which is not there',
    'docs/shown.md links to light.png, which is not there',
  ],
};

function checked(files) {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    if (/^(apps|libs|tools).*package\.json$/.test(file)) link(folder, dirname(file));
  }
  const { status, stderr } = spawnSync(process.execPath, [check, folder], { encoding: 'utf8' });
  return { status, lines: stderr.split('\n').filter((line) => line) };
}

function link(root, folder) {
  mkdirSync(join(root, 'node_modules/@parley'), { recursive: true });
  symlinkSync(join(root, folder), join(root, 'node_modules', named(folder)));
}

describe('the check of imports, declarations, folders, files and links', () => {
  const clean = checked(sound);
  const faulty = checked(Object.assign({}, sound, ...Object.values(faults).map(([files]) => files)));

  it('lets a sound workspace pass', () => {
    expect(clean.lines).toEqual([]);
    expect(clean.status).toBe(0);
  });

  it.each(Object.entries(faults))('refuses %s', (_title, [, ...lines]) => {
    expect(faulty.lines).toEqual(expect.arrayContaining(lines));
  });

  it('refuses nothing else', () => {
    const expected = Object.values(faults).flatMap(([, ...lines]) => lines);
    expect(faulty.lines.toSorted()).toEqual(expected.toSorted());
    expect(faulty.status).toBe(1);
  });

  it('allows no cycle of types: each depends on types above it', () => {
    const types = Object.keys(MAY_DEPEND_ON);
    for (const [index, type] of types.entries()) {
      for (const lower of MAY_DEPEND_ON[type]) expect(types.slice(0, index)).toContain(lower);
    }
  });
});
