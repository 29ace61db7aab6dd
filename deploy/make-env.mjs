// npm run env: writes the .env of docker-compose.yml. Options: --redis single|ha|cluster, --file <path> (- for standard output),
// and --rotate, which replaces the secrets of an existing file.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { environmentFile, rotated } from './environment-file.mjs';

const { redis, file, rotate } = parseArgs({
  options: {
    redis: { type: 'string', default: 'single' },
    file: { type: 'string', default: '.env' },
    rotate: { type: 'boolean', default: false },
  },
}).values;

if (file === '-') {
  process.stdout.write(environmentFile(redis));
} else if (rotate) {
  write(rotated(readFileSync(file, 'utf8')));
  console.log(`${file} has new secrets. Apply them with: docker compose up -d`);
} else if (existsSync(file)) {
  console.error(`${file} exists, and its secrets are in use. Replace them with: npm run env -- --rotate`);
  process.exit(1);
} else {
  write(environmentFile(redis));
  console.log(
    `Wrote ${file}. Keep it: Redis and the services use its secrets. Next: docker compose up --build`,
  );
}

function write(text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
