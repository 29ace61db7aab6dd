// npm run docs: installs and builds what is missing or outdated, then generates the tables in the documents from the
// code.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../tools/docs/dist/main.js');
