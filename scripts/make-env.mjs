// npm run env: makes the .env of docker-compose.yml, with secrets of its own. `npm run env -- --rotate` replaces the secrets.
import './node-version.mjs';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentFile, rotated } from './environment-file.mjs';
import { root } from './workspace.mjs';

const { values } = parseArgs({
  options: { redis: { type: 'string', default: 'single' }, rotate: { type: 'boolean' } },
});
const file = join(root, '.env');

if (values.rotate) {
  write(rotated(readFileSync(file, 'utf8')));
  console.log('New secrets are in .env. `docker compose up -d` puts them into force.');
} else if (existsSync(file)) {
  console.error('.env exists. Its secrets are in use: `npm run env -- --rotate` replaces them.');
  process.exit(1);
} else {
  write(environmentFile(values.redis));
  console.log(
    'Made .env. Keep it: Redis and the services run with the secrets in it. Next: docker compose up --build',
  );
}

function write(text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
