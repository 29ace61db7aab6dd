import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import type { Needs } from '../dialect.js';
import { Account, emptyTally } from '../measuring/account.js';
import { newScanner } from '../wire/follower.js';
import type { Classifier } from '../wire/found.js';
import { type Exchange, Line, newReadBuffer } from '../wire/line.js';
import { Tape } from '../wire/tape.js';
import { asks, ParleyError } from './frames.js';
import { classifyParley } from './scan.js';

/** A user, kept from run to run. */
export interface ParleyAccount {
  readonly username: string;
  readonly password: string;
  readonly userUUID: string;
  readonly accessKey: string;
}

/** Accounts that are checked or made at once: enough to keep a hashing replica busy. */
const AT_ONCE = 16;
/** Between two lines of progress. */
const TELL_MS = 2_000;

/**
 * Signs in as many accounts as are needed. Those in the file sign in by access key, which costs no hashing, or by password when
 * the key has expired. Missing accounts are created. The file is rewritten, readable for its owner only.
 */
export async function keepAccounts(
  { urls, accounts, report }: Needs,
  file?: string,
): Promise<ParleyAccount[]> {
  const kept = file === undefined ? {} : await readKept(file);
  const host = new URL(urls[0]!).host;
  const known = kept[host] ?? [];
  const lineTo = conversations();
  let [done, told] = [0, performance.now()];
  const numbers = Array.from({ length: accounts }, (_, index) => index);
  const ready = await pLimit(AT_ONCE).map(numbers, async (index) => {
    const account = await signedIn(lineTo(urls[index % urls.length]!), known[index]);
    done += 1;
    if (performance.now() - told >= TELL_MS) {
      told = performance.now();
      report(`accounts: ${done} of ${accounts}`);
    }
    return account;
  });
  if (file !== undefined) await writeKept(file, { ...kept, [host]: [...ready, ...known.slice(accounts)] });
  return ready;
}

type Kept = Record<string, ParleyAccount[]>;

async function readKept(file: string): Promise<Kept> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/** Renames at the end, so that an interrupted run leaves the old file. */
async function writeKept(file: string, kept: Kept): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function signedIn(line: Line, known: ParleyAccount | undefined): Promise<ParleyAccount> {
  await line.open();
  try {
    return (known && (await resumed(line, known))) ?? (await byPassword(line, known));
  } finally {
    line.end();
  }
}

async function resumed(line: Line, account: ParleyAccount): Promise<ParleyAccount | undefined> {
  try {
    const { accessKey } = account;
    await asks(line, { type: 'resume', resume: { accessKey } }, (frame) => frame.resumed);
    return account;
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'SESSION_EXPIRED') return undefined;
    throw error;
  }
}

/** Signs in by password, which costs a hashing. Creates the account when there is none. */
export async function byPassword(line: Line, known: ParleyAccount | undefined): Promise<ParleyAccount> {
  const username = known?.username ?? `load-${randomBytes(8).toString('hex')}`;
  const password = known?.password ?? randomBytes(24).toString('base64');
  const signIn = { username, password };
  const { userUUID, accessKey } = await asks(line, { type: 'signIn', signIn }, (frame) => frame.authorized);
  return { username, password, userUUID, accessKey };
}

/** Makes lines for requests and answers alone. */
function conversations(): (url: string) => Line {
  const classifier: Classifier = {
    classify: (bytes, start, end, found) => classifyParley(bytes, start, end, new Map(), found),
  };
  const nothing = () => {};
  const exchange: Exchange = {
    dialect: {},
    scanner: newScanner(classifier, new Tape(65_536, 128), 0),
    readBuffer: newReadBuffer(),
    onTape: nothing,
    onDelivery: nothing,
    onAcknowledged: nothing,
    onRefused: nothing,
    onDeferred: nothing,
    onEpoch: nothing,
    onLost: nothing,
  };
  const seat = { index: 0, url: 0, account: 0, room: 0, general: true, partner: -1, sender: -1 };
  return (url) => new Line(exchange, new URL(url), seat, new Account(emptyTally(), 0, 1));
}
