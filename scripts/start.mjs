// npm start: installs and builds what is missing or outdated, then supervises every process of the chat.
import './node-version.mjs';
import { buildStarted, install } from './workspace.mjs';

await install();
await buildStarted();
await import('../tools/local-stack/dist/main.js');
