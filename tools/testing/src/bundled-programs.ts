import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StackOptions } from '@parley/local-stack';

const ROOT = new URL('../../../', import.meta.url);

let made: Promise<unknown> | undefined;

/**
 * The bundle of what a project's built program is: made again if it is older than the build. A process of a bundle takes less than
 * half of the time to start: a service 0.8 s of a core instead of 1.8 s. A test that is about the start itself does without.
 * @param project its folder, such as `apps/admin`: one of those that `tools/build/bundle-apps.mjs` lists.
 */
export async function bundledProgram(project: string): Promise<string> {
  made ??= promisify(execFile)(process.execPath, [fileURLToPath(new URL('scripts/bundle-apps.mjs', ROOT))]);
  await made;
  return fileURLToPath(new URL(`${project}/dist/bundled/main.js`, ROOT));
}

/** For {@link StackOptions.entry}: the processes of the stack run bundles of the services. */
export async function bundledEntry(): Promise<NonNullable<StackOptions['entry']>> {
  await bundledProgram('apps/gateway');
  return (service) => fileURLToPath(new URL(`apps/${service}/dist/bundled/main.js`, ROOT));
}
