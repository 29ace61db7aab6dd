import { isIP } from 'node:net';

/**
 * What may be logged of an error. Errors carry what they failed on: one of ioredis holds the command with all of its arguments,
 * Redis quotes arguments and keys in its replies, JSON.parse quotes the text. So this is a list of what is allowed, and
 * nothing else of an error leaves: no message unless its words are known, no property, no argument.
 */
export interface ErrorRecord {
  /** The name of its class, or the type of what was thrown instead of an error. */
  readonly type: string;
  /** Of the system (`ECONNRESET`), of Redis (`OOM`), of Node (`ERR_…`), or its name if that is a code. */
  readonly code?: string;
  /** Only words that are known to hold nothing of anybody. */
  readonly message?: string;
  /** The name of the Redis command. */
  readonly command?: string;
  /** The SHA-1 and the line of the Lua script that failed. */
  readonly script?: string;
  /** The headline, and where it was made. The source there has the words that are missing here. */
  readonly stack: string;
  readonly cause?: ErrorRecord;
  /** The errors of an aggregate, and those that came before this one. */
  readonly errors?: readonly ErrorRecord[];
}

/** Causes of causes, and errors of one aggregate, that are described. */
const DEEPEST = 4;
const MOST_ERRORS = 4;

/** The words of Redis before the text of a reply. What follows them may quote anything. */
const REDIS_CODE =
  /^-?(ERR|ASK|BUSY|BUSYGROUP|BUSYKEY|CLUSTERDOWN|CROSSSLOT|DENIED|EXECABORT|INPROG|INVALIDOBJ|IOERR|LOADING|MASTERDOWN|MISCONF|MOVED|NOADDR|NOAUTH|NOGOODSLAVE|NOGROUP|NOMASTERLINK|NOPERM|NOPROTO|NOREPLICAS|NOSCRIPT|NOTBUSY|OOM|READONLY|TRYAGAIN|UNBLOCKED|UNKILLABLE|WRONGPASS|WRONGTYPE)(?![\w-])/;
const REDIS_SCRIPT = /\bscript: ([0-9a-f]{40}), on @user_script:(\d{1,6})\.?$/;

/** Whole messages of ioredis and of this project that hold nothing but their own words. */
const KNOWN_MESSAGE =
  /^(?:Connection is closed\.|Command timed out|Command aborted due to connection close|Stream isn't writeable and enableOfflineQueue options is false|Reached the max retries per request limit \(which is \d{1,9}\)\. Refer to "maxRetriesPerRequest" option for details\.|None of startup nodes is available|Failed to refresh slots cache\.|Cluster is ended\.|Cluster isn't ready and enableOfflineQueue options is false|connect ETIMEDOUT|Redis is away|The connection to Redis broke|The connection was closed|Not done within \d{1,9} ms\.|The connection for replies broke|No reply before the deadline|Redis could not be reached(?: before the deadline)?|Redis refused the command|Redis has no memory left)$/;

const CODE = /^[A-Z][A-Z0-9_]{1,47}$/;
const CLASS = /^[A-Z][A-Za-z0-9_$]{0,63}$/;
const COMMAND = /^[a-z][a-z_-]{1,31}$/i;
const HOST = /^[\w.-]{1,253}$/;
const FRAME_LINE = /^ {4}at /;
/** A line of a stack that names code: a function, a source file, a line and a column. */
const FRAME =
  /^ {4}at (?:async )?(?:(?:new )?[\w$.<>#[\] ]{1,160} \()?(?:node:[\w/]{1,200}|(?:file:\/\/)?\/[\w\-./@%+~]{1,400}\.[cm]?[jt]s):\d{1,7}:\d{1,7}\)?$/;

/** Describes whatever was thrown. Never throws itself. */
export function describeError(thrown: unknown): ErrorRecord {
  return describe(thrown, 0);
}

/** {@link describeError} as text: its headline and stack, and those of its causes. */
export function errorText(thrown: unknown): string {
  return textOf(describeError(thrown));
}

/** The one line about an error: its class, its code, and its words if they are known. */
export const errorHeadline = (thrown: unknown): string => describeError(thrown).stack.split('\n', 1)[0]!;

function textOf({ stack, cause, errors = [] }: ErrorRecord): string {
  const further = [...(cause ? [cause] : []), ...errors];
  return [stack, ...further.map((each) => `caused by ${textOf(each)}`)].join('\n');
}

function describe(thrown: unknown, depth: number): ErrorRecord {
  if (!(thrown instanceof Error)) {
    const type = thrown === null ? 'null' : typeof thrown;
    return { type, stack: `a thrown ${type}` };
  }
  try {
    return recordOf(thrown, depth);
  } catch {
    // A getter of it throws. What it says then may quote anything as well.
    return { type: 'Error', stack: 'an error that cannot be read' };
  }
}

function recordOf(error: Error, depth: number): ErrorRecord {
  const type = classOf(error);
  const code = codeOf(error);
  const message = messageOf(error);
  const command = textIf((error as { command?: { name?: unknown } }).command?.name, COMMAND);
  const [, sha, line] = REDIS_SCRIPT.exec(String(error.message)) ?? [];
  const script = sha === undefined ? undefined : `${sha}:${line}`;
  const details = [code, message, command && `(${command})`, script && `(script ${script})`];
  const headline = [type, ...details].filter(Boolean).join(' ');
  const stack = [headline, ...framesOf(error)].join('\n');
  return defined({ type, code, message, command, script, stack, ...further(error, depth) });
}

/** The errors behind an error. */
function further(error: Error, depth: number): Pick<ErrorRecord, 'cause' | 'errors'> {
  if (depth >= DEEPEST) return {};
  const { cause, errors, previousErrors, lastNodeError } = error as {
    cause?: unknown;
    errors?: unknown;
    previousErrors?: unknown;
    lastNodeError?: unknown;
  };
  const others = [errors, previousErrors, lastNodeError].flat().filter((other) => other !== undefined);
  const described = others.slice(0, MOST_ERRORS).map((other) => describe(other, depth + 1));
  return defined({
    cause: cause === undefined ? undefined : describe(cause, depth + 1),
    errors: described.length > 0 ? described : undefined,
  });
}

function classOf(error: Error): string {
  const own = textIf(error.constructor?.name, CLASS) ?? 'Error';
  // Node names some of its errors without giving them a class.
  return own === 'Error' && /^[A-Z][A-Za-z]{1,40}(?:Error|Exception)$/.test(error.name) ? error.name : own;
}

function codeOf(error: Error): string | undefined {
  const [, redis] = REDIS_CODE.exec(String(error.message)) ?? [];
  return textIf((error as { code?: unknown }).code, CODE) ?? redis ?? textIf(error.name, CODE);
}

function messageOf(error: Error): string | undefined {
  const { syscall, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: unknown;
    port?: unknown;
    hostname?: unknown;
  };
  // A fault of the system: its message is made of these.
  if (typeof syscall === 'string') {
    const host =
      typeof address === 'string' && isIP(address) !== 0 ? address : (textIf(hostname, HOST) ?? '');
    const where = typeof port === 'number' ? `${host}:${port}` : host;
    return [textIf(syscall, COMMAND), where].filter(Boolean).join(' ') || undefined;
  }
  return textIf(error.message, KNOWN_MESSAGE);
}

/** The frames after the message, which stands before them in the stack and may itself look like frames. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const at = message === '' ? -1 : stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split('\n');
  const first = lines.findLastIndex((line) => !FRAME_LINE.test(line)) + 1;
  return lines.slice(first).filter((line) => FRAME.test(line));
}

const textIf = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;

/** Without the properties that are undefined. */
const defined = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
