import { describe, expect, it } from '@jest/globals';
import { readCommand, SCENARIOS, type TestOptions } from './options.js';
import { loadOf, runOf } from './scenarios.js';

const url = ['--url', 'ws://localhost:3000/ws'];
const read = (...args: string[]) => readCommand([...url, ...args]) as { name: 'test' } & TestOptions;

describe('the command line', () => {
  it('needs nothing but a URL', () => {
    expect(read()).toMatchObject({
      name: 'test',
      scenario: 'general',
      urls: ['ws://localhost:3000/ws'],
      metrics: undefined,
      durationMs: 10_000,
      thresholds: { maxP99Ms: undefined, maxLoss: 0 },
    });
  });

  it('takes every option', () => {
    const pages = ['http://localhost:9000/metrics', 'http://localhost:9001/metrics'];
    const metrics = pages.flatMap((page) => ['--metrics', page]);
    const times = ['--ramp', '1.5s', '--warmup', '500ms', '--duration', '1m', '--max-p99', '50ms'];
    const start = ['--start-at', '2026-11-26T22:00:00Z', '--process', 'gateway-1=17', '--process', '18'];
    expect(read(...times, ...start, ...metrics, '--url', 'ws://localhost:3001/ws')).toMatchObject({
      rampMs: 1_500,
      warmupMs: 500,
      durationMs: 60_000,
      thresholds: { maxP99Ms: 50 },
      startAt: Date.UTC(2026, 10, 26, 22),
      pids: { 'gateway-1': 17, 18: 18 },
      metrics: pages,
    });
  });

  it.each([
    [['--connections', '0'], '--connections 0: expected a whole number from 1 to 1000000'],
    [['--rate', '1e3'], '--rate 1e3: expected a whole number from 1 to 10000000'],
    [['--bytes', '10'], '--bytes 10: expected a whole number from 44 to 4000'],
    [['--max-loss', '-1'], '--max-loss'],
    [['--duration', '10'], '--duration 10: expected a time such as 50ms, 10s or 2m'],
    [['--duration', '10ms'], '--duration: expected 1s at least'],
    [['--scenario', 'party'], `--scenario party: expected one of ${SCENARIOS.join(', ')}`],
    [['--start-at', '2026-11-26T22:00:00'], '--start-at 2026-11-26T22:00:00: expected a time with its zone'],
    [['--process', 'x=y'], '--process x=y: expected name=pid'],
    [['--url', 'wss://host/ws'], '--url wss://host/ws: expected ws://host:port/path'],
    [['--senders', '200'], '--senders: more than there are --connections'],
    [['--scenario', 'rooms', '--connections', '5'], '--connections: one room has 10'],
    [['--scenario', 'idle', '--find-limit'], '--find-limit: idle has no rate to raise'],
    [['--scenario', 'churn', '--resume'], '--resume: the visitors of churn do not come back'],
    [['--find-limit', '--start-at', '2026-11-26T22:00:00Z'], '--find-limit: runs on one machine only'],
    [['run'], 'run: unknown command; the only one is "merge"'],
    [['merge'], 'merge: name the JSON files of the runs'],
    [['--speed', '9'], '--speed'],
  ])('refuses %j', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  it('needs a URL', () => {
    expect(() => readCommand([])).toThrow('--url is missing');
  });

  it('merges files', () => {
    const command = readCommand(['merge', 'a.json', 'b.json', '--max-p99', '1s']);
    expect(command).toMatchObject({
      name: 'merge',
      files: ['a.json', 'b.json'],
      thresholds: { maxP99Ms: 1_000 },
    });
  });

  it('looks for the limit by 250 ms where nothing else is said', () => {
    expect(read('--find-limit').thresholds.maxP99Ms).toBe(250);
  });
});

describe('a scenario', () => {
  const spread = (scenario: string, ...more: string[]) => {
    const options = read('--scenario', scenario, '--connections', '200', ...more);
    const { rooms, senders, visitors } = loadOf(options, () => {});
    const { rate, stormAfterMs, visitsPerSecond } = runOf(options);
    return { rooms, senders, visitors, rate, stormAfterMs, visitsPerSecond };
  };

  it.each([
    ['general', { rooms: 0, senders: 10, rate: 100 }],
    ['rooms', { rooms: 20, senders: 20, rate: 100 }],
    ['private', { rooms: 100, senders: 100, rate: 100 }],
    ['mixed', { rooms: 0, senders: 20, rate: 100 }],
    ['churn', { rooms: 0, senders: 10, visitors: 20, visitsPerSecond: 5 }],
    ['reconnect-storm', { rooms: 0, senders: 10, stormAfterMs: 2_500 }],
    ['idle', { rooms: 0, senders: 0, rate: 0 }],
  ])('%s spreads its connections', (scenario, expected) => {
    expect(spread(scenario)).toMatchObject(expected);
  });

  it('has the senders that are asked for', () => {
    expect(spread('rooms', '--senders', '5')).toMatchObject({ rooms: 20, senders: 5 });
  });
});
