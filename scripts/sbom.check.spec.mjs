import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from './workspace.mjs';

describe('npm run sbom', () => {
  let folder;
  let bill;
  let licences;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sbom-'));
    execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs'), '--folder', folder], { stdio: 'ignore' });
    bill = JSON.parse(readFileSync(join(folder, 'parley.cdx.json'), 'utf8'));
    licences = readFileSync(join(folder, 'licences.md'), 'utf8');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const others = () => bill.components.filter(({ name }) => !name.startsWith('@parley/'));

  it('writes CycloneDX with what the image holds, and without tools', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'parley' } } });
    const names = bill.components.map(({ name }) => name);
    const wanted = ['@parley/gateway', '@parley/redis-transport', 'ioredis', 'fastify', 'ws', 'zod'];
    expect(names).toEqual(expect.arrayContaining(wanted));
    for (const tool of ['jest', 'typescript', 'nx', 'testcontainers', '@parley/lint'])
      expect(names).not.toContain(tool);
  });

  it('gives each package of others its address as a package, and a hash of its contents', () => {
    expect(others().length).toBeGreaterThan(100);
    for (const { purl, hashes, scope } of others()) {
      expect(purl).toMatch(/^pkg:npm\//);
      // npm knows no hash of what only another platform needs.
      if (scope === 'required') expect(hashes).toMatchObject([{ alg: 'SHA-512' }]);
    }
  });

  it('refers only to components that it lists', () => {
    const known = new Set(bill.components.map((component) => component['bom-ref']));
    for (const { dependsOn } of bill.dependencies) for (const ref of dependsOn) expect(known).toContain(ref);
  });

  it('lists each package of others under a licence', () => {
    for (const { name, version } of others()) expect(licences).toContain(`- ${name} ${version}\n`);
    expect(licences).toContain('## MIT\n');
  });
});
