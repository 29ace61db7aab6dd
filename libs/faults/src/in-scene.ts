import type { Row } from './fault.js';
import { Scene, type SceneOptions } from './scene.js';

/** Complaints that are kept for a row. */
const COMPLAINTS = 20;

/** Runs a fault in a scene of its own, which is removed whatever happens. */
export async function inScene(options: SceneOptions, work: (scene: Scene) => Promise<Row[]>): Promise<Row[]> {
  const scene = await Scene.start(options);
  try {
    const rows = await work(scene);
    return rows.map((row) => ({ ...row, complaints: scene.lines.slice(-COMPLAINTS) }));
  } catch (error) {
    throw new Error(`${error}\n${scene.lines.slice(-COMPLAINTS).join('\n')}`, { cause: error });
  } finally {
    await scene.remove();
  }
}
