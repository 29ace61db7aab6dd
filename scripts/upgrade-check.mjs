// npm run upgrade-check: installs and builds what is missing or outdated, then replaces the version before by this one and
// back under traffic.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../tools/upgrade-check/dist/main.js');
