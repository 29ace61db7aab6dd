import type { Scene } from '@parley/faults';
import type { SignIns } from './sign-ins.js';

/** `before`: the one that `earlier-version.json` names. `now`: that of this workspace. */
export type Version = 'before' | 'now';

/** What is replaced, one process after the other. */
export interface Replacement {
  readonly what: 'services' | 'gateways';
  readonly to: Version;
}

/** The orders that a version may be replaced in, and back. No other pair of versions can meet. */
export const ORDERS = {
  /** As docs/operations.md has it: no gateway ever asks for what the services do not know. */
  'services-first': [
    { what: 'services', to: 'now' },
    { what: 'gateways', to: 'now' },
    { what: 'gateways', to: 'before' },
    { what: 'services', to: 'before' },
  ],
  /** What happens where everything is replaced at once: gateways ask services of the version before. */
  'gateways-first': [
    { what: 'gateways', to: 'now' },
    { what: 'services', to: 'now' },
    { what: 'services', to: 'before' },
    { what: 'gateways', to: 'before' },
  ],
} as const satisfies Record<string, readonly Replacement[]>;

export type Order = keyof typeof ORDERS;

/** Two replicas of each, as they are named in the stack. */
const PROCESSES = {
  services: ['auth-1', 'auth-2', 'users-1', 'users-2', 'channels-1', 'channels-2'],
  gateways: ['gateway-1', 'gateway-2'],
} as const;

/** Posts after each process that was replaced: about a second, in which both versions work side by side. */
const STEADY_POSTS = 200;

/** Which version each process runs from its next start on. */
export class Versions {
  private readonly now = new Set<string>();

  of(name: string): Version {
    return this.now.has(name) ? 'now' : 'before';
  }

  set(name: string, version: Version): void {
    if (version === 'now') this.now.add(name);
    else this.now.delete(name);
  }
}

/**
 * Replaces processes one after the other, each after a SIGTERM. After each, everything is well again before the next, and
 * people sign up and in through every gateway.
 * @returns the longest time until all was well, in ms.
 */
export async function replace(
  scene: Scene,
  { versions, signIns }: { readonly versions: Versions; readonly signIns: SignIns },
  { what, to }: Replacement,
): Promise<number> {
  let longest = 0;
  for (const name of PROCESSES[what]) {
    versions.set(name, to);
    await scene.stage.end(name, 'SIGTERM');
    await scene.traffic.more(STEADY_POSTS);
    longest = Math.max(longest, await scene.traffic.wellAgain());
    await signIns.through(scene.stage.urls);
  }
  return longest;
}
