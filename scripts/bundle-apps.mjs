// Bundles the programs of which tests start many processes, if what is built has changed. One at a time: several test files need
// them at once.
import { join } from 'node:path';
import { bundleApps } from '../tools/build/bundle-apps.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { root } from './workspace.mjs';

await oneAtATime(join(root, '.cache/bundle-apps.lock'), bundleApps);
