// npm run faults: installs and builds what is missing or outdated, then breaks a chat of its own in every way that
// docs/faults.md lists.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../tools/faults/dist/main.js');
