import { describe, expect, it } from '@jest/globals';
import { parseMetrics } from './metrics-page.js';
import { processUsage } from './process-usage.js';

describe('a metrics page', () => {
  it('tells what the process uses', () => {
    const page = [
      '# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.',
      'process_cpu_seconds_total 1.25',
      'process_start_time_seconds 1795730400',
      'process_resident_memory_bytes 104857600',
      'nodejs_eventloop_lag_p99_seconds 0.0125',
      'nodejs_eventloop_lag_max_seconds NaN',
    ].join('\n');
    expect(parseMetrics(page)).toEqual({
      cpuMs: 1_250,
      startSeconds: 1_795_730_400,
      residentBytes: 104_857_600,
      loopDelayP99Ms: 12.5,
      loopDelayMaxMs: undefined,
    });
  });

  it('is none without a process on it', () => {
    expect(parseMetrics('<html></html>')).toBeUndefined();
  });
});

describe('/proc', () => {
  it('tells what a process uses', () => {
    const before = processUsage(process.pid)!;
    while (processUsage(process.pid)!.cpuMs < before.cpuMs + 20);
    const { cpuMs, residentBytes } = processUsage(process.pid)!;
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cpuMs - (user + system) / 1_000)).toBeLessThan(200);
    expect(Math.abs(residentBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.5);
  });

  it('has nothing of a process that is not there', () => {
    expect(processUsage(2 ** 30)).toBeUndefined();
  });
});
