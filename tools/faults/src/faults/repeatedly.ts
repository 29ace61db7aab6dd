import type { Scene } from '../stage/scene.js';

/** Resolves `back` when what the fault broke works again. Undefined when the fault leaves nothing broken. */
export type Brought = { readonly back: Promise<unknown> } | undefined;

/** Posts before each fault: about a second of steady traffic. */
const STEADY_POSTS = 100;

/**
 * Causes a fault `times` times. Each waits until all is well and what the one before broke is back.
 * @param bring resolves when the fault has happened.
 * @returns for each time, the milliseconds from the fault until all was well.
 */
export async function repeatedly(
  scene: Scene,
  times: number,
  report: (line: string) => void,
  bring: (time: number) => Promise<Brought>,
): Promise<number[]> {
  const wellMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await scene.traffic.more(STEADY_POSTS);
    const brought = await bring(time);
    const [ms] = await Promise.all([scene.traffic.wellAgain(), brought?.back]);
    wellMs.push(ms);
    report(`${time + 1} of ${times}: all well after ${Math.round(ms)} ms`);
  }
  return wellMs;
}

/** Kills a process. It is back when its successor is ready. */
export const killed = (scene: Scene, name: string): Promise<Brought> =>
  Promise.resolve({ back: scene.stage.end(name, 'SIGKILL') });
