import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';

/** A command that Redis has run. */
export interface SeenCommand {
  /** In lower case. */
  readonly name: string;
  /** What follows the name, as UTF-8. */
  readonly args: readonly string[];
  /** Whether a script has called it, and no client. */
  readonly isOfScript: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b' };

/** A command in a line of MONITOR; undefined if the line is none. */
export function readCommand(line: string): SeenCommand | undefined {
  const [, source, quoted] = /^\+?\d+\.\d+ \[\d+ ([^\]]+\]?:?\d*)\] (".*")$/s.exec(line) ?? [];
  if (source === undefined || quoted === undefined) return undefined;
  const [name, ...args] = [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text]) => unescaped(text!));
  return { name: name!.toLowerCase(), args, isOfScript: source === 'lua' };
}

/** Redis escapes each byte that ASCII does not print. */
const unescaped = (text: string): string =>
  Buffer.from(
    text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex: string | undefined, one: string) =>
      hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  ).toString('utf8');

/**
 * Every command that a Redis runs, read from sockets of its own: a client that shares a parser with other replies may miss the
 * first lines of MONITOR, or take them for something else.
 */
export class CommandWatch {
  private commands: SeenCommand[] = [];
  private readonly marks = new Map<string, () => void>();
  private readonly ended: Promise<never>;

  private constructor(
    private readonly monitor: Socket,
    private readonly marker: Socket,
  ) {
    this.ended = new Promise((_, reject) => {
      for (const socket of [monitor, marker])
        socket.once('close', () => reject(new Error('the watch has ended')));
    });
    // Told to whoever asks for commands, and otherwise to nobody.
    this.ended.catch(() => undefined);
  }

  /**
   * Watches the Redis of that URL. Resolves when every later command will be seen.
   * @throws Error when it cannot be reached or refuses that.
   */
  static async start(url: string): Promise<CommandWatch> {
    const { hostname, port, username, password } = new URL(url);
    const auth = ['AUTH', username || 'default', password].map(decodeURIComponent);
    const open = async () => {
      const socket = connect(Number(port || 6379), hostname.replace(/^\[|\]$/g, ''));
      await once(socket, 'connect');
      // The end that follows is told.
      socket.on('error', () => undefined);
      const lines = createInterface({ input: socket.setEncoding('latin1'), crlfDelay: Infinity });
      if (password !== '') await accepted(socket, lines, auth);
      return { socket, lines };
    };
    const [monitor, marker] = await Promise.all([open(), open()]);
    const watch = new CommandWatch(monitor.socket, marker.socket);
    monitor.lines.on('line', (line) => watch.take(line));
    await accepted(monitor.socket, monitor.lines, ['MONITOR']);
    return watch;
  }

  /**
   * The commands until now, since the start or the last `forget`, in the order in which Redis ran them.
   * @throws Error when a socket ends.
   */
  async seen(): Promise<readonly SeenCommand[]> {
    const mark = randomUUID();
    const isSeen = new Promise<void>((resolve) => this.marks.set(mark, resolve));
    try {
      this.marker.write(request('ECHO', mark));
      await Promise.race([isSeen, this.ended]);
    } finally {
      this.marks.delete(mark);
    }
    return this.commands;
  }

  forget(): void {
    this.commands = [];
  }

  stop(): void {
    for (const socket of [this.monitor, this.marker]) socket.destroy();
  }

  private take(line: string): void {
    const command = readCommand(line);
    if (command === undefined) return;
    const seen = command.name === 'echo' ? this.marks.get(command.args[0]!) : undefined;
    if (seen === undefined) this.commands.push(command);
    else seen();
  }
}

/** Sends a command whose reply is OK. */
async function accepted(socket: Socket, lines: Interface, words: readonly string[]): Promise<void> {
  socket.write(request(...words));
  const [reply] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (reply !== '+OK') throw new Error(`${words[0]}: ${reply ?? 'the connection has ended'}`);
}

/** A command as Redis reads it. */
const request = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
