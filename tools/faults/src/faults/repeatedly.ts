import type { Scene } from '../stage/scene.js';

/** What a fault has broken comes back by then; nothing, where the fault is over. */
export type Brought = { readonly back: Promise<unknown> } | undefined;

/** Posts between two faults: about a second of steady traffic. */
const STEADY_POSTS = 100;

/**
 * Brings a fault about so many times, each when all is well after the one before and what it broke is back.
 * @param bring resolves when it is broken.
 * @returns the milliseconds that it took each time from there until all was well.
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

/** A process is killed; it is back when the next one under its name is ready. */
export const killed = (scene: Scene, name: string): Promise<Brought> =>
  Promise.resolve({ back: scene.stage.end(name, 'SIGKILL') });
