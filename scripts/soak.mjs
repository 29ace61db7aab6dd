// npm run soak: installs and builds what is missing or outdated, then runs a chat of its own for hours and compares what it holds.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
await import('../tools/endurance/dist/soak/main.js');
