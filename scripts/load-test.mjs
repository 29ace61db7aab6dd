// npm run load-test: installs and builds what is missing or outdated, then puts load on the gateways given in its
// options.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../apps/load-test/dist/main.js');
