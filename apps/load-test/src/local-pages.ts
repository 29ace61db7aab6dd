import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What `npm start` writes into its data folder. */
interface Published {
  readonly gatewayPorts?: unknown;
  readonly pages?: unknown;
}

/**
 * The metrics pages of the chat that `npm start` runs on this machine, by the names of its processes. Empty if the URLs lead
 * elsewhere, or if no such chat runs there.
 * @param folder its data folder.
 */
export function localPages(urls: readonly string[], folder: string): Record<string, string> {
  const { gatewayPorts, pages } = published(join(folder, 'metrics.json'));
  const ports: unknown[] = Array.isArray(gatewayPorts) ? gatewayPorts : [];
  const isThere = urls.every((url) => {
    const { hostname, port } = new URL(url);
    return LOOPBACK.has(hostname) && ports.includes(Number(port));
  });
  if (!isThere || typeof pages !== 'object' || pages === null) return {};
  return Object.fromEntries(Object.entries(pages).filter(([, page]) => typeof page === 'string'));
}

/** Nothing if there is no such file, or if it is being written: the load test does without. */
function published(file: string): Published {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Published | null) ?? {};
  } catch {
    return {};
  }
}
