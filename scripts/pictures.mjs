// npm run pictures: installs and builds what is missing or outdated, then draws the README's pictures of the web client in
// docs/pictures. Needs Chromium (CHROMIUM names it).
import './node-version.mjs';
import { join } from 'node:path';
import { runJest } from './jest.mjs';
import { build, install, root } from './workspace.mjs';

process.env.PICTURES = join(root, 'docs/pictures');
await install();
await build();
const { code } = await runJest(['apps/web/src/pictures']);
process.exit(code);
