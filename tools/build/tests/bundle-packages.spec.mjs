import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { bundlePackages } from '../bundle-packages.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const bundles = Object.entries(await bundlePackages()).map(([pattern, file]) => [pattern.slice(1, -1), file]);

/** What modules export, as Node loads them. */
function exportsOf(places) {
  const program = `
    const exported = {};
    for (const place of ${JSON.stringify(places)}) exported[place] = Object.keys(await import(place));
    console.log(JSON.stringify(exported));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  const exported = JSON.parse(output.toString());
  const isNamed = (name) => !['default', 'module.exports', '__esModule'].includes(name);
  return places.map((place) => exported[place].filter(isNamed).sort());
}

describe('packages that are bundled for tests', () => {
  it('export what they export without', () => {
    const [bare, bundled] = [
      exportsOf(bundles.map(([name]) => name)),
      exportsOf(bundles.map(([, file]) => file)),
    ];
    expect(bare.flat().length).toBeGreaterThan(500);
    for (const [index, [name]] of bundles.entries())
      expect([name, bundled[index]]).toEqual([name, bare[index]]);
  });

  it('share what they import of each other', async () => {
    const fileOf = Object.fromEntries(bundles);
    const [{ Observable }, { BaseRpcExceptionFilter, RpcException }] = await Promise.all(
      ['rxjs', '@nestjs/microservices'].map((name) => import(fileOf[name])),
    );
    expect(new BaseRpcExceptionFilter().catch(new RpcException('x'))).toBeInstanceOf(Observable);
  });

  it('are imported as a whole: a part would be a second copy', () => {
    const part = new RegExp(`from '(?:${bundles.map(([name]) => name).join('|')})/[^']+'`);
    const sources = ['apps', 'libs', 'tools'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true })
        .filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file) && !file.includes('node_modules'))
        .map((file) => join(folder, file)),
    );
    expect(sources.length).toBeGreaterThan(500);
    expect(sources.filter((file) => part.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});
