// npm run compose-check: installs and builds what is missing or outdated, then runs the compose files and breaks them
// under traffic.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../tools/compose-check/dist/main.js');
