import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STAMP_BYTES } from '@parley/load-generator';
import { count, instant, oneOf, processOf, timeMs, webSocketUrl } from './option-values.js';
import type { Thresholds } from './thresholds.js';

export const SCENARIOS = [
  'general',
  'rooms',
  'private',
  'mixed',
  'churn',
  'reconnect-storm',
  'idle',
] as const;

export type Scenario = (typeof SCENARIOS)[number];

/** The files for a result. */
export interface Outputs {
  readonly json?: string | undefined;
  readonly html?: string | undefined;
}

/** A test, as asked for. */
export interface TestOptions extends Outputs {
  readonly scenario: Scenario;
  readonly urls: readonly string[];
  readonly connections: number;
  readonly senders?: number | undefined;
  readonly rate: number;
  readonly bytes: number;
  readonly roomSize: number;
  readonly visits: number;
  readonly accounts: number;
  readonly findLimit: boolean;
  readonly resume: boolean;
  readonly rampMs: number;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly startAt?: number | undefined;
  readonly threads: number;
  /** Pages to read; none named: those that {@link localPages} finds. */
  readonly metrics: readonly string[] | undefined;
  /** The data folder of `npm start`. */
  readonly dataFolder: string;
  readonly pids: Readonly<Record<string, number>>;
  readonly accountsFile: string;
  readonly thresholds: Thresholds;
}

/** Results to merge. */
export interface MergeOptions extends Outputs {
  readonly files: readonly string[];
  readonly thresholds: Thresholds;
}

export type Command =
  | { readonly name: 'help' }
  | ({ readonly name: 'test' } & TestOptions)
  | ({ readonly name: 'merge' } & MergeOptions);

const OPTIONS = {
  url: { type: 'string', multiple: true },
  scenario: { type: 'string', default: 'general' },
  connections: { type: 'string', default: '100' },
  senders: { type: 'string' },
  rate: { type: 'string', default: '100' },
  bytes: { type: 'string', default: '100' },
  'room-size': { type: 'string', default: '10' },
  visits: { type: 'string', default: '5' },
  accounts: { type: 'string', default: '1000' },
  'find-limit': { type: 'boolean', default: false },
  resume: { type: 'boolean', default: false },
  ramp: { type: 'string', default: '5s' },
  warmup: { type: 'string', default: '2s' },
  duration: { type: 'string', default: '10s' },
  'start-at': { type: 'string' },
  threads: { type: 'string', default: '1' },
  metrics: { type: 'string', multiple: true },
  process: { type: 'string', multiple: true },
  json: { type: 'string' },
  html: { type: 'string' },
  'accounts-file': { type: 'string', default: join('.cache', 'load-test-accounts.json') },
  'max-p99': { type: 'string' },
  'max-loss': { type: 'string', default: '0' },
  'max-doubles': { type: 'string', default: '0' },
  'max-disorder': { type: 'string', default: '0' },
  'max-refused': { type: 'string', default: '0' },
  'max-reloads': { type: 'string', default: '0' },
  'max-vanished': { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true });

const LIMIT_P99_MS = 250;
/** Visitors per visit and second: a visitor is busy for as long as a sign-in takes, so the rate holds up to 4 s each. */
export const VISITORS_PER_RATE = 4;

/** Reads the command line. Throws an Error whose message says what is wrong with it. */
export function readCommand(args: string[], dataFolder = '.data'): Command {
  const { values, positionals } = parse(args);
  const [command, ...files] = positionals;
  if (values.help) return { name: 'help' };
  if (command === undefined) return { name: 'test', dataFolder, ...testOptions(values) };
  if (command !== 'merge') throw new Error(`${command}: unknown command; the only one is "merge"`);
  if (files.length === 0) throw new Error('merge: name the JSON files of the runs');
  return { name: 'merge', files, ...outputs(values), thresholds: thresholds(values) };
}

function testOptions(values: Values): Omit<TestOptions, 'dataFolder'> {
  const urls = (values.url ?? []).map((url) => webSocketUrl('--url', url));
  if (urls.length === 0) throw new Error('--url is missing');
  const options: Omit<TestOptions, 'dataFolder'> = {
    ...outputs(values),
    scenario: oneOf('--scenario', values.scenario, SCENARIOS),
    urls,
    connections: count('--connections', values.connections, 1, 1_000_000),
    senders: values.senders === undefined ? undefined : count('--senders', values.senders, 1, 1_000_000),
    rate: count('--rate', values.rate, 1, 10_000_000),
    bytes: count('--bytes', values.bytes, STAMP_BYTES, 4_000),
    roomSize: count('--room-size', values['room-size'], 2, 1_000_000),
    visits: count('--visits', values.visits, 1, 10_000),
    accounts: count('--accounts', values.accounts, 1, 1_000_000),
    findLimit: values['find-limit'],
    resume: values.resume,
    rampMs: timeMs('--ramp', values.ramp),
    warmupMs: timeMs('--warmup', values.warmup),
    durationMs: timeMs('--duration', values.duration),
    startAt: values['start-at'] === undefined ? undefined : instant('--start-at', values['start-at']),
    threads: count('--threads', values.threads, 1, 64),
    metrics: values.metrics,
    pids: Object.fromEntries((values.process ?? []).map((each) => processOf('--process', each))),
    accountsFile: values['accounts-file'],
    thresholds: thresholds(values),
  };
  checkTogether(options);
  return options;
}

function checkTogether({
  scenario,
  connections,
  senders = 0,
  roomSize,
  durationMs,
  ...rest
}: Omit<TestOptions, 'dataFolder'>) {
  if (durationMs < 1_000) throw new Error('--duration: expected 1s at least');
  if (senders > connections) throw new Error('--senders: more than there are --connections');
  const size = scenario === 'private' ? 2 : roomSize;
  const hasRooms = scenario === 'rooms' || scenario === 'private';
  if (hasRooms && connections < size) throw new Error(`--connections: one room has ${size}`);
  if (rest.findLimit && ['idle', 'churn', 'reconnect-storm'].includes(scenario)) {
    throw new Error(`--find-limit: ${scenario} has no rate to raise`);
  }
  if (rest.resume && scenario === 'churn')
    throw new Error('--resume: the visitors of churn do not come back');
  if (rest.findLimit && rest.startAt !== undefined) throw new Error('--find-limit: runs on one machine only');
}

const outputs = ({ json, html }: Values): Outputs => ({ json, html });

const LARGE = Number.MAX_SAFE_INTEGER;

function thresholds(values: Values): Thresholds {
  const p99 = values['max-p99'] ?? (values['find-limit'] ? `${LIMIT_P99_MS}ms` : undefined);
  return {
    maxP99Ms: p99 === undefined ? undefined : timeMs('--max-p99', p99),
    maxLoss: count('--max-loss', values['max-loss'], 0, LARGE),
    maxDoubles: count('--max-doubles', values['max-doubles'], 0, LARGE),
    maxDisorder: count('--max-disorder', values['max-disorder'], 0, LARGE),
    maxRefused: count('--max-refused', values['max-refused'], 0, LARGE),
    maxReloads: count('--max-reloads', values['max-reloads'], 0, LARGE),
    maxVanished: count('--max-vanished', values['max-vanished'], 0, LARGE),
  };
}
