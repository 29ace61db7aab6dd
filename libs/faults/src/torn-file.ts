import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** The file that a Redis appends its writes to, to be cut as a failing power supply would cut it. */
export class TornFile {
  private constructor(
    private readonly path: string,
    private readonly bytes: number,
    /** Since then, by `performance.now()`, what is written will be lost. */
    readonly since: number,
  ) {}

  /** Notes how long the file is now. */
  static async mark(folder: string): Promise<TornFile> {
    const appendOnly = join(folder, 'appendonlydir');
    const name = (await readdir(appendOnly)).find((each) => each.endsWith('.incr.aof'))!;
    const path = join(appendOnly, name);
    return new TornFile(path, (await stat(path)).size, performance.now());
  }

  /** Cuts off whatever was written since the mark; Redis must have ended. */
  tear(): Promise<void> {
    return truncate(this.path, this.bytes);
  }
}
