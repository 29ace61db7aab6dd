import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** The file that a Redis appends its writes to, to be cut as a failing power supply would cut it. */
export class TornFile {
  private constructor(
    private readonly path: string,
    private readonly bytes: number,
    /** What is written since then will be lost, in ms since 1970. */
    readonly since: number,
  ) {}

  /** Notes how long the file is now. */
  static async mark(folder: string): Promise<TornFile> {
    const appendOnly = join(folder, 'appendonlydir');
    const name = (await readdir(appendOnly)).find((each) => each.endsWith('.incr.aof'))!;
    const path = join(appendOnly, name);
    return new TornFile(path, (await stat(path)).size, Date.now());
  }

  /** Cuts off whatever was written since the mark; Redis must have ended. */
  tear(): Promise<void> {
    return truncate(this.path, this.bytes);
  }
}
