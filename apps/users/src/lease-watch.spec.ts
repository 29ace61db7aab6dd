import { describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '@parley/service-kit';
import { LeaseWatch } from './lease-watch.js';

const logger = () => ({ warn: jest.fn() }) as unknown as Logger & { warn: jest.Mock };

describe('LeaseWatch', () => {
  let watch: LeaseWatch | undefined;

  it('checks repeatedly, and reports a failed check', async () => {
    const log = logger();
    let looks = 0;
    const third = new Promise<void>((resolve) => {
      const watch = new LeaseWatch(
        {
          endExpired: async () => {
            looks += 1;
            if (looks === 1) throw new Error('no connection');
            if (looks < 3) return;
            void watch.onModuleDestroy();
            resolve();
          },
        },
        { watchMs: 1 },
        log,
      );
      watch.onApplicationBootstrap();
    });
    await third;
    expect(looks).toBe(3);
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('lets the check in progress finish before it stops, and checks no more', async () => {
    let begun = () => {};
    const looking = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let looks = 0;
    const watch = new LeaseWatch(
      {
        endExpired: () => {
          looks += 1;
          begun();
          return finished;
        },
      },
      { watchMs: 1 },
      logger(),
    );
    watch.onApplicationBootstrap();
    await looking;
    let ended = false;
    const end = watch.onModuleDestroy().then(() => {
      ended = true;
    });
    await Promise.resolve();
    expect(ended).toBe(false);
    finish();
    await end;
    expect(looks).toBe(1);
  });

  it('does not hold up the end of the process while Redis does not answer', async () => {
    const began = new Promise<void>((resolve) => {
      const never = () => {
        resolve();
        return new Promise<void>(() => undefined);
      };
      watch = new LeaseWatch({ endExpired: never }, { watchMs: 1 }, logger());
    });
    watch!.onApplicationBootstrap();
    await began;
    await expect(watch!.onModuleDestroy()).resolves.toBeUndefined();
  });
});
