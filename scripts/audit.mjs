// npm run audit: asks npm's registry for known vulnerabilities of what the image holds, and says so if it gives no answer. Exits with 1
// when there is one of a high or critical severity, or with `-- --strict` also without an answer.
import './node-version.mjs';
import { parseArgs } from 'node:util';
import { auditedPackages } from './audited-packages.mjs';
import { progress } from './workspace.mjs';

const { strict } = parseArgs({ options: { strict: { type: 'boolean', default: false } } }).values;
const { lines, failed, isAnswered } = await auditedPackages();
for (const line of lines) progress(line);
process.exitCode = failed > 0 || (strict && !isAnswered) ? 1 : 0;
