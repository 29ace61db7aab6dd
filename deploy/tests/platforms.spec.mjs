import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { handedOn, readStackSettings, stackSettings } from '../../tools/local-stack/dist/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (file) => readFileSync(join(root, file), 'utf8');
const app = JSON.parse(text('app.json'));
const service = parse(text('deploy/cloud-run/service.yaml'));
const { containers, timeoutSeconds } = service.spec.template.spec;
const [container] = containers;
const isSetting = (name) =>
  name in stackSettings || Object.values(handedOn).some((names) => names.includes(name));

describe('the image', () => {
  it('runs everything if no command is given', () => {
    const [, command] = /^CMD \["(.+)"\]$/m.exec(text('Dockerfile'));
    expect(existsSync(join(root, command))).toBe(true);
    expect(command).toMatch(/^tools\/local-stack\//);
    const { listen, dataFolder } = readStackSettings(environmentOfImage());
    expect([listen.host, dataFolder]).toEqual(['0.0.0.0', '/data']);
  });
});

describe('app.json and heroku.yml', () => {
  it('build the image and run it without a command', () => {
    expect(parse(text('heroku.yml'))).toEqual({ build: { docker: { web: 'Dockerfile' } } });
    expect(app.stack).toBe('container');
  });

  it('set what the settings accept, on the PORT and REDIS_URL of the platform', () => {
    const chosen = Object.entries(app.env).map(([name, { value, generator }]) => [
      name,
      generator === 'secret' ? '0'.repeat(64) : value,
    ]);
    expect(chosen.filter(([name]) => !isSetting(name))).toEqual([]);
    const platform = { PORT: '20000', REDIS_URL: 'rediss://:secret@redis.example:6380' };
    const settings = readStackSettings({
      ...environmentOfImage(),
      ...Object.fromEntries(chosen),
      ...platform,
    });
    expect(settings).toMatchObject({ listen: { host: '0.0.0.0', port: 20_000 }, REDIS_TLS_VERIFY: false });
    expect(settings.authPrivateKeys).toBeDefined();
  });
});

describe("Cloud Run's service.yaml", () => {
  it('sets what the settings accept', () => {
    expect(container.env.filter(({ name }) => !isSetting(name))).toEqual([]);
    const given = Object.fromEntries(
      container.env.map(({ name, value }) => [name, value ?? { REDIS_URL: 'redis://10.0.0.3:6379' }[name]]),
    );
    const PORT = String(container.ports[0].containerPort);
    const settings = readStackSettings({ ...environmentOfImage(), ...given, PORT });
    expect(settings).toMatchObject({ listen: { host: '0.0.0.0', port: 8080 }, replicas: { gateway: 1 } });
  });

  it('probes the port that it serves, and gives connections the longest time that there is', () => {
    const probes = [container.startupProbe, container.livenessProbe].map(({ httpGet }) => httpGet);
    expect(probes.map(({ port }) => port)).toEqual([8080, 8080]);
    expect(probes.map(({ path }) => path)).toEqual(['/health/ready', '/health/live']);
    expect(timeoutSeconds).toBe(3600);
  });
});

/** The variables that the Dockerfile sets. */
function environmentOfImage() {
  const [, lines] = /^ENV ((?:.*\\\n|\s*#.*\n)+.*)$/m.exec(text('Dockerfile'));
  return Object.fromEntries([...lines.matchAll(/^\s*([A-Z_]+)=([^\s\\]+)/gm)].map(([, ...pair]) => pair));
}
