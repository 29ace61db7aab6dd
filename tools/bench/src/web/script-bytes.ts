import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The web client as `node apps/web/build.mjs` has built it. */
const BUILT = fileURLToPath(new URL('../../../../apps/web/dist/client', import.meta.url));

/** The bytes of the scripts that the page loads before it works, in either compression. */
export async function scriptBytes(folder = BUILT): Promise<{ gz: number; br: number }> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, path]) => path!);
  if (scripts.length === 0) throw new Error(`${folder}/index.html loads no script`);
  const bytes = async (kind: string) => {
    const sizes = await Promise.all(scripts.map((path) => stat(join(folder, `${path}.${kind}`))));
    return sizes.reduce((sum, { size }) => sum + size, 0);
  };
  return { gz: await bytes('gz'), br: await bytes('br') };
}
