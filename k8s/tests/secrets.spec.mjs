import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { makeSecrets, packRedisSecret, SecretsExistError } from '../secrets.mjs';

let place;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(place, { recursive: true }));

const read = (folder, file) => readFileSync(join(folder, file), 'utf8');
const passwordIn = (text) => /(?:PASSWORD|AUTH)=(.*)/.exec(text)[1];
const hash = (password) => createHash('sha256').update(password).digest('hex');

describe('makeSecrets', () => {
  it('makes other secrets each time', async () => {
    const [first, second] = [join(place, 'a'), join(place, 'b')];
    await makeSecrets(first, 'chat');
    await makeSecrets(second, 'chat');
    for (const file of readdirSync(first)) expect(read(first, file)).not.toBe(read(second, file));
  });

  it('gives Redis the hashes of the passwords that it gives the services', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const users = read(folder, 'users.acl');
    for (const name of ['auth', 'users', 'channels', 'gateway', 'admin', 'cluster']) {
      expect(users).toContain(`user ${name} on #${hash(passwordIn(read(folder, `${name}.env`)))} `);
    }
    const [, replication] = /masterauth (.*)/.exec(read(folder, 'replication.conf'));
    expect(users).toContain(`user replica on #${hash(replication)} `);
  });

  it('gives auth and the gateway one key to seal with', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const key = (name) => /SEALING_KEY=(.*)/.exec(read(folder, `${name}.env`))[1];
    expect(Buffer.from(key('auth'), 'base64')).toHaveLength(32);
    expect(key('gateway')).toBe(key('auth'));
  });

  it('lets nobody else read them', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const modes = ['.', ...readdirSync(folder)].map((file) => statSync(join(folder, file)).mode & 0o077);
    expect(new Set(modes)).toEqual(new Set([0]));
  });

  it('writes the Secret of Redis with each value in one line, and again when a file has changed', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    appendFileSync(join(folder, 'users.acl'), 'user another on nopass +ping\n');
    await packRedisSecret(folder);
    const { metadata, data } = parse(read(folder, 'redis.yaml'));
    expect(metadata).toEqual({ name: 'redis' });
    expect(Object.keys(data)).toEqual(['users.acl', 'replication.conf', 'sentinel.conf']);
    for (const [name, value] of Object.entries(data))
      expect(value).toBe(Buffer.from(read(folder, name)).toString('base64'));
  });

  it('leaves secrets alone that are there', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const before = read(folder, 'users.acl');
    await expect(makeSecrets(folder, 'chat')).rejects.toThrow(SecretsExistError);
    expect(read(folder, 'users.acl')).toBe(before);
  });
});
