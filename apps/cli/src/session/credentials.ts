import { chmod, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Who is signed in at a server. `expiresAt`, if a token began the session: when it ends in any case. */
const session = z.object({
  userUUID: z.string(),
  username: z.string(),
  accessKey: z.string(),
  expiresAt: z.string().optional(),
});
export type StoredSession = z.infer<typeof session>;

const stored = z.object({
  /** The server that was signed in to last. */
  current: z.string().optional(),
  sessions: z.record(z.string(), session).default({}),
});
type Stored = z.infer<typeof stored>;

/** What others than the owner may do with a file. */
const OTHERS = 0o077;
/** Windows has no such bits: there the user's folder is the user's own. */
const HAS_MODES = process.platform !== 'win32';

/**
 * The access keys of the user's sessions, in a file that only the user may read, in a folder that only the user may open. Passwords are
 * not kept. A change replaces the file as a whole: a reader sees the one before or the one after.
 */
export class Credentials {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = join(folder, 'credentials.json');
  }

  /** The server that was signed in to last. @throws Error as {@link of}. */
  async currentServer(): Promise<string | undefined> {
    return (await this.read()).current;
  }

  /**
   * The session at a server, if there is one.
   * @throws Error if others may read the file, or it is none of ours.
   */
  async of(server: string): Promise<StoredSession | undefined> {
    return (await this.read()).sessions[server];
  }

  /** Keeps a session, and makes its server the current one. @throws Error when the file cannot be written. */
  async keep(server: string, kept: StoredSession): Promise<void> {
    const { sessions } = await this.read();
    await this.write({ current: server, sessions: { ...sessions, [server]: kept } });
  }

  /** Forgets the session at a server. */
  async forget(server: string): Promise<void> {
    const { current, sessions } = await this.read();
    const { [server]: _, ...others } = sessions;
    await this.write({ current: current === server ? undefined : current, sessions: others });
  }

  private async read(): Promise<Stored> {
    const handle = await open(this.file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return stored.parse({});
    try {
      await this.assertPrivate(handle);
      return this.parsed(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  }

  private async assertPrivate(handle: FileHandle): Promise<void> {
    const { mode, uid } = await handle.stat();
    if (!HAS_MODES) return;
    if ((mode & OTHERS) !== 0) throw new Error(`others may read ${this.file}: chmod 600 it`);
    if (uid !== process.getuid?.()) throw new Error(`${this.file} belongs to another user`);
  }

  private parsed(text: string): Stored {
    try {
      return stored.parse(JSON.parse(text));
    } catch {
      throw new Error(`${this.file} is not what this command writes: delete it, and log in again`);
    }
  }

  private async write(value: Stored): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const { mode } = await stat(this.folder);
    if (HAS_MODES && (mode & OTHERS) !== 0) await chmod(this.folder, 0o700);
    const draft = `${this.file}.${process.pid}`;
    await rm(draft, { force: true });
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(value, undefined, 2)}\n`);
    } finally {
      await handle.close();
    }
    await rename(draft, this.file);
  }
}
