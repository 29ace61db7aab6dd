import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { handedOn, serviceEnvironment } from './service-environment.js';
import { readStackSettings } from './settings.js';

/** What the stack decides, or takes from settings of its own. */
const DECIDED = [
  'PORT',
  'HOST',
  'METRICS_HOST',
  'METRICS_PORT',
  'SERVER_ADDRESS',
  'DRAIN_SECONDS',
  'AUTH_PRIVATE_KEYS',
  'AUTH_PUBLIC_KEYS',
  'SEALING_KEY',
];

const document = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** The settings that the table of a service lists: the table is written from the service's code. */
function documented(service: string): string[] {
  const [, table] = document.split(`<!-- generated: settings of ${service} -->`);
  return [...table!.split('<!-- /generated -->')[0]!.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
}

describe('the environment of a service', () => {
  it.each(Object.entries(handedOn))('has every setting of %s that is not decided here', (service, names) => {
    const settings = documented(service);
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.filter((name) => !names.includes(name) && !DECIDED.includes(name))).toEqual([]);
  });

  it.each([
    [{}, /\/\.cache\/compiled$/],
    [{ NODE_COMPILE_CACHE: '/elsewhere' }, /^\/elsewhere$/],
  ])('has Node keep what it compiles in one folder for all stacks: with %j given', (given, folder) => {
    const keys = { privateKeys: 'private', publicKeys: 'public', sealingKey: undefined };
    const settings = readStackSettings({ DATA_DIR: '/data' });
    const stack = { settings, redisUrl: 'redis://localhost', keys, port: 0, metricsPort: 0 };
    expect(serviceEnvironment('auth', stack, given)['NODE_COMPILE_CACHE']).toMatch(folder);
  });
});
