import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localPages } from './local-pages.js';

describe('the metrics pages of a chat on this machine', () => {
  const pages = { 'gateway-1': 'http://127.0.0.1:9001/metrics', 'auth-1': 'http://127.0.0.1:9002/metrics' };
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-pages-'));
    writeFileSync(join(folder, 'metrics.json'), JSON.stringify({ gatewayPorts: [3000], pages }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['ws://localhost:3000/ws', 'ws://127.0.0.1:3000/ws'])('are found for %s', (url) => {
    expect(localPages([url], folder)).toEqual(pages);
  });

  it.each(['ws://localhost:3001/ws', 'ws://chat.example.com:3000/ws'])('are not those of %s', (url) => {
    expect(localPages(['ws://localhost:3000/ws', url], folder)).toEqual({});
  });

  it('are none without a chat that names them', () => {
    expect(localPages(['ws://localhost:3000/ws'], join(folder, 'elsewhere'))).toEqual({});
    writeFileSync(join(folder, 'metrics.json'), '[');
    expect(localPages(['ws://localhost:3000/ws'], folder)).toEqual({});
  });
});
