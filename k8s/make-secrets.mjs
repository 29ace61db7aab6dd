// node k8s/make-secrets.mjs OVERLAY: writes the passwords and keys of k8s/overlays/OVERLAY, once, to its folder "secrets", which
// git ignores. REDIS_PREFIX must be the same as in the overlay's settings: Redis's users are restricted to that prefix.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const overlays = join(dirname(fileURLToPath(import.meta.url)), 'overlays');
const overlay = process.argv[2];

if (overlay === undefined || !existsSync(join(overlays, overlay, 'kustomization.yaml'))) {
  fail('Name an overlay: node k8s/make-secrets.mjs local');
}
if (!existsSync(join(overlays, '../../libs/redis/dist/index.js'))) fail('Run first: npm ci && npm run build');

const { SecretsExistError, makeSecrets } = await import('./secrets.mjs');
try {
  await makeSecrets(join(overlays, overlay, 'secrets'), process.env.REDIS_PREFIX || 'chat');
} catch (error) {
  if (!(error instanceof SecretsExistError)) throw error;
  fail(error.message);
}
console.log(`Wrote k8s/overlays/${overlay}/secrets. Keep it: the services and Redis use these secrets.`);

function fail(line) {
  console.error(line);
  process.exit(1);
}
