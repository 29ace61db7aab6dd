import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readGatewaySettings } from './config.js';
import { wayInBytes } from './way-in.js';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const GIBIBYTE = 1024 ** 3;

describe('all buffers on the way in, at their fullest', () => {
  const settings = readGatewaySettings({ SEALING_KEY: Buffer.alloc(32).toString('base64') });

  it('fit the memory of the containers', () => {
    expect(read('docker-compose.yml')).toContain('GATEWAY_MEMORY:-1g');
    expect(read('k8s/base/gateway.yaml')).toMatch(/limits: \{.*memory: 1Gi/);
    // What is left is for what goes out: answers, and frames that clients are slow to read.
    expect(wayInBytes(settings)).toBeLessThan(0.75 * GIBIBYTE);
  });
});
