import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { keyLists } from '../../deploy/auth-keys.mjs';
import { environmentFile } from '../../deploy/environment-file.mjs';
import { makeSecrets, packSecrets, refreshSecrets, rotateKeys, SecretsExistError } from '../secrets.mjs';

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

  const ids = (text) => [...text.matchAll(/[=,](\w+):/g)].map(([, id]) => id);
  const keysIn = (folder) => {
    const [auth, gateway] = [read(folder, 'auth.env'), read(folder, 'gateway.env')];
    return { auth, gateway, ids: ids(auth) };
  };

  it('gives auth a private key and the gateways the public one', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const { auth, gateway, ids: known } = keysIn(folder);
    const [, privateKeys] = /^AUTH_PRIVATE_KEYS=(.*)$/m.exec(auth);
    expect(gateway).toContain(`AUTH_PUBLIC_KEYS=${keyLists(privateKeys).AUTH_PUBLIC_KEYS}\n`);
    expect(ids(gateway)).toEqual(known);
    expect(gateway).not.toContain('PRIVATE');
  });

  it('puts a new key before the one in use, unless that has leaked, and keeps the passwords', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const first = keysIn(folder);
    await rotateKeys(folder, { onlyMissing: true });
    expect(keysIn(folder)).toEqual(first);
    await rotateKeys(folder);
    await rotateKeys(folder);
    const third = keysIn(folder);
    expect(third.ids).toHaveLength(2);
    expect(third.ids).not.toContain(first.ids[0]);
    expect(ids(third.gateway)).toEqual(third.ids);
    await rotateKeys(folder, { leaked: true });
    const fourth = keysIn(folder);
    expect(fourth.ids).toHaveLength(1);
    expect(third.ids).not.toContain(fourth.ids[0]);
    for (const name of ['auth', 'gateway']) expect(passwordIn(fourth[name])).toBe(passwordIn(first[name]));
  });

  it('adds keys to secrets of the release before, and keeps what it sealed with', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    for (const name of ['auth.env', 'gateway.env'])
      writeFileSync(join(folder, name), 'REDIS_PASSWORD=x\nSEALING_KEY=y\n');
    await rotateKeys(folder, { onlyMissing: true });
    expect(read(folder, 'auth.env')).toMatch(/^REDIS_PASSWORD=x\nSEALING_KEY=y\nAUTH_PRIVATE_KEYS=\w+:.+\n$/);
    expect(read(folder, 'gateway.env')).toMatch(
      /^REDIS_PASSWORD=x\nSEALING_KEY=y\nAUTH_PUBLIC_KEYS=\w+:.+\n$/,
    );
  });

  it('bounds what a new installation keeps, as a new .env does', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const [retention] = /^MESSAGES_PER_CHANNEL=\d+$/m.exec(environmentFile('single'));
    expect(read(folder, 'channels.env').split('\n')).toContain(retention);
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
    await packSecrets(folder);
    const { metadata, data } = parse(read(folder, 'redis.yaml'));
    expect(metadata).toEqual({ name: 'redis' });
    expect(Object.keys(data)).toEqual([
      'users.acl',
      'replication.conf',
      'sentinel.conf',
      'sentinel-users.acl',
      'sentinel-client',
    ]);
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

describe('refreshSecrets', () => {
  const all = (folder) => Object.fromEntries(readdirSync(folder).map((file) => [file, read(folder, file)]));

  it('changes nothing that this version has made', async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const before = all(folder);
    await refreshSecrets(folder, 'chat');
    expect(all(folder)).toEqual(before);
  });

  it("gives an earlier version's users the rights of this one, and adds what it did not have", async () => {
    const folder = join(place, 'secrets');
    await makeSecrets(folder, 'chat');
    const fresh = all(folder);
    for (const file of ['sentinel-users.acl', 'sentinel-client', 'sentinels.env', 'redis.yaml']) {
      rmSync(join(folder, file));
    }
    const change = (file, by) => writeFileSync(join(folder, file), by(fresh[file]));
    const another = hash('another');
    change('sentinel.conf', (text) => text.replace(/^sentinel sentinel-.*\n/gm, ''));
    change('users.acl', (text) =>
      text
        .replace(/^(user gateway on #\w+) .*$/m, `$1 #${another} ~chat:* +@all`)
        .replace(/$/, 'user mine on nopass +ping\n'),
    );
    await refreshSecrets(folder, 'chat');
    const after = all(folder);
    const [, first] = /^user gateway on (#\w+) /m.exec(fresh['users.acl']);
    expect(after['users.acl'].split('\n').toSorted()).toEqual(
      fresh['users.acl']
        .replace(first, `${first} #${another}`)
        .concat('user mine on nopass +ping\n')
        .split('\n')
        .toSorted(),
    );
    const [, peers] = /sentinel-pass (.*)/.exec(after['sentinel.conf']);
    expect(after['sentinel-users.acl']).toContain(`user sentinel on #${hash(peers)} `);
    expect(after['sentinel-users.acl']).toContain(`user client on #${hash(after['sentinel-client'])} `);
    expect(passwordIn(after['sentinels.env'])).toBe(after['sentinel-client']);
    for (const file of ['auth.env', 'gateway.env', 'admin.env']) expect(after[file]).toBe(fresh[file]);
  });

  it.each(['operator', 'users', 'channels', 'admin', 'cluster'])(
    'gives the user %s, whichever file of it is missing, the same password in both',
    async (user) => {
      const folder = join(place, 'secrets');
      await makeSecrets(folder, 'chat');
      const line = new RegExp(`^user ${user} on (.*?) [~&+-].*\n`, 'm');
      const [env, acl] = [join(folder, `${user}.env`), join(folder, 'users.acl')];
      const before = all(folder);
      const forgetLine = () => writeFileSync(acl, read(folder, 'users.acl').replace(line, ''));
      const holds = async () => {
        await refreshSecrets(folder, 'chat');
        const [, hashes] = line.exec(read(folder, 'users.acl'));
        expect(hashes).toContain(`#${hash(passwordIn(read(folder, `${user}.env`)))}`);
        const { data } = parse(read(folder, 'redis.yaml'));
        expect(Buffer.from(data['users.acl'], 'base64').toString()).toBe(read(folder, 'users.acl'));
      };
      forgetLine();
      await holds();
      expect(all(folder)[`${user}.env`]).toBe(before[`${user}.env`]);
      rmSync(env);
      await holds();
      forgetLine();
      rmSync(env);
      await holds();
      const others = (files) =>
        Object.entries(files).filter(
          ([name]) => !/users.acl|redis.yaml/.test(name) && name !== `${user}.env`,
        );
      expect(others(all(folder))).toEqual(others(before));
    },
  );

  it.each(['sentinel-client', 'sentinels.env', 'sentinel-users.acl'])(
    'gives the Sentinels the passwords of their clients again without %s',
    async (file) => {
      const folder = join(place, 'secrets');
      await makeSecrets(folder, 'chat');
      rmSync(join(folder, file));
      await refreshSecrets(folder, 'chat');
      const [users, client] = [read(folder, 'sentinel-users.acl'), read(folder, 'sentinel-client')];
      expect(users).toContain(`user client on #${hash(client)} `);
      expect(passwordIn(read(folder, 'sentinels.env'))).toBe(client);
      const [, peers] = /sentinel-pass (.*)/.exec(read(folder, 'sentinel.conf'));
      expect(users).toContain(`user sentinel on #${hash(peers)} `);
    },
  );
});
