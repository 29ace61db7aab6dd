// node k8s/make-secrets.mjs OVERLAY: writes the passwords and keys of k8s/overlays/OVERLAY, once, to its folder "secrets", which
// git ignores. If the folder is there, its secrets stay: the rights of Redis's users become those of this version, and what is missing is added.
// With --rotate-keys, auth's keys are new as well, and the one in use stays after the new one; with --leaked it does not.
// REDIS_PREFIX must be the same as in the overlay's settings: Redis's users are restricted to that prefix.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const overlays = join(dirname(fileURLToPath(import.meta.url)), 'overlays');
const {
  values: { 'rotate-keys': rotate, leaked },
  positionals: [overlay],
} = parseArgs({
  allowPositionals: true,
  options: {
    'rotate-keys': { type: 'boolean', default: false },
    leaked: { type: 'boolean', default: false },
  },
});

if (overlay === undefined || !existsSync(join(overlays, overlay, 'kustomization.yaml'))) {
  fail('Name an overlay: node k8s/make-secrets.mjs local');
}
if (!existsSync(join(overlays, '../../libs/redis/dist/index.js'))) fail('Run first: npm ci && npm run build');

const { SecretsExistError, makeSecrets, refreshSecrets, rotateKeys } = await import('./secrets.mjs');
const folder = join(overlays, overlay, 'secrets');
try {
  await makeSecrets(folder, process.env.REDIS_PREFIX || 'chat');
  console.log(`Wrote k8s/overlays/${overlay}/secrets. Keep it: the services and Redis use these secrets.`);
} catch (error) {
  if (!(error instanceof SecretsExistError)) throw error;
  await rotateKeys(folder, { leaked, onlyMissing: !rotate });
  await refreshSecrets(folder, process.env.REDIS_PREFIX || 'chat');
  console.log(`${error.message} These stay; the rights of Redis's users are those of this version.`);
}

function fail(line) {
  console.error(line);
  process.exit(1);
}
