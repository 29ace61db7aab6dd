import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveApi } from './api-server.mjs';
import { kubectlIsHere, renderOverlay } from './manifests.mjs';
import { canonical } from './quantities.mjs';

/** The lines of `kubectl apply` about these objects. The server is in this process, so kubectl runs beside it. */
async function apply(url, place, objects) {
  const file = join(place, 'objects.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { stdout } = await promisify(execFile)(
    'kubectl',
    ['--server', url, '--cache-dir', join(place, 'cache'), 'apply', '--validate=false', '-f', file],
    { env: { ...process.env, KUBECONFIG: join(place, 'none') } },
  );
  return stdout.trim().split('\n');
}

(kubectlIsHere ? describe : describe.skip).each(['local', 'production'])('kubectl apply of %s', (overlay) => {
  let place;
  let server;
  let lines;
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'apply-'));
    const objects = await renderOverlay(overlay);
    server = await serveApi(objects);
    const first = await apply(server.url, place, objects);
    expect(first.filter((line) => !line.endsWith(' created'))).toEqual([]);
    lines = await apply(server.url, place, objects);
  });
  afterAll(() => {
    server.close();
    rmSync(place, { recursive: true });
  });

  it('says the second time that nothing changes', () => {
    const changed = lines.filter((line) => !line.endsWith(' unchanged'));
    // kubectl always sends the selector of a budget, whose patchStrategy is "replace" (policy/v1), and then says "configured".
    expect(changed.filter((line) => !line.startsWith('poddisruptionbudget.policy/'))).toEqual([]);
  });

  it('sends of a disruption budget the selector that it has', () => {
    for (const { path, patch } of server.patches) {
      const name = path.split('/').at(-1);
      expect(patch).toEqual({ spec: { selector: { matchLabels: { 'app.kubernetes.io/name': name } } } });
    }
    expect(server.patches.length).toBeGreaterThan(3);
  });
});

describe('canonical', () => {
  it.each([
    ['0.5', '500m'],
    ['1000m', '1'],
    ['10000', '10k'],
    ['1500', '1500'],
    ['1024Mi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1536Mi', '1536Mi'],
    ['512', '512'],
    ['0', '0'],
    [2, '2'],
  ])('brings %s to the form in which the server stores it', (quantity, stored) => {
    expect(canonical(quantity)).toBe(stored);
  });

  it('refuses what is no quantity', () => {
    expect(() => canonical('512MB')).toThrow('512MB is no quantity');
  });
});
