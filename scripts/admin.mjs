// npm run admin: installs and builds what is missing or outdated, then runs one command of an operator. Without settings, it
// reaches the chat that npm start runs.
import './node-version.mjs';
import { build, install } from './workspace.mjs';

await install();
await build();
const { operatorEnvironment } = await import('../tools/local-stack/dist/index.js');
try {
  if (!process.argv.includes('--help')) Object.assign(process.env, await operatorEnvironment(process.env));
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
await import('../apps/admin/dist/main.js');
