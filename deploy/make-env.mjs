// npm run env: writes the .env of docker-compose.yml. Options: --redis single|ha|cluster, --tls (after
// "npm run certificates"), --file <path> (- for standard output),
// --rotate, which replaces the secrets of an existing file (with --leaked, auth's keys until now are not kept), and
// --complete, which adds the secrets that a file of an earlier version lacks.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { completed, environmentFile, rotated } from './environment-file.mjs';

const { redis, file, rotate, leaked, complete, tls } = parseArgs({
  options: {
    redis: { type: 'string', default: 'single' },
    file: { type: 'string', default: '.env' },
    tls: { type: 'boolean', default: false },
    rotate: { type: 'boolean', default: false },
    leaked: { type: 'boolean', default: false },
    complete: { type: 'boolean', default: false },
  },
}).values;

if (file === '-') {
  process.stdout.write(environmentFile(redis, tls));
} else if (rotate) {
  write(rotated(readFileSync(file, 'utf8'), { leaked }));
  console.log(`${file} has new secrets. Apply them with: docker compose up -d`);
} else if (complete) {
  write(completed(readFileSync(file, 'utf8')));
  console.log(`${file} has every secret of this version. Apply them with: docker compose up -d`);
} else if (existsSync(file)) {
  console.error(`${file} exists, and its secrets are in use. Replace them with: npm run env -- --rotate`);
  process.exit(1);
} else {
  write(environmentFile(redis, tls));
  console.log(
    `Wrote ${file}. Keep it: Redis and the services use its secrets. Next: docker compose up --build`,
  );
}

function write(text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
