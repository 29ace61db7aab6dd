// node k8s/make-secrets.mjs OVERLAY: makes the passwords and keys of k8s/overlays/OVERLAY, once, in its folder "secrets", which
// git ignores. With REDIS_PREFIX set, Redis's users are made for that prefix: it must be the one of the overlay's settings.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const overlays = join(dirname(fileURLToPath(import.meta.url)), 'overlays');
const overlay = process.argv[2];

if (overlay === undefined || !existsSync(join(overlays, overlay, 'kustomization.yaml'))) {
  fail('Name an overlay: node k8s/make-secrets.mjs local');
}
if (!existsSync(join(overlays, '../../libs/redis/dist/index.js'))) fail('First: npm ci && npm run build');

const { SecretsExistError, makeSecrets } = await import('./secrets.mjs');
try {
  await makeSecrets(join(overlays, overlay, 'secrets'), process.env.REDIS_PREFIX || 'chat');
} catch (error) {
  if (!(error instanceof SecretsExistError)) throw error;
  fail(error.message);
}
console.log(`Made k8s/overlays/${overlay}/secrets. Keep it: the services and Redis run with what is in it.`);

function fail(line) {
  console.error(line);
  process.exit(1);
}
