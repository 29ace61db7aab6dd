import { describe, expect, it } from '@jest/globals';
import { stateIn, worstOf } from './redis-state.js';

/** As Redis 7.0 writes it, without the fields that are not read. */
const info = (...lines: string[]): string =>
  [
    '# Persistence',
    'rdb_last_bgsave_status:ok',
    'aof_enabled:1',
    'aof_last_bgrewrite_status:ok',
    'aof_last_write_status:ok',
    'aof_delayed_fsync:3',
    '',
    '# Replication',
    'role:master',
    'connected_slaves:2',
    ...lines,
    'master_repl_offset:1000',
    '',
  ].join('\r\n');

const well = {
  hasFile: true,
  failed: { write: false, rewrite: false, snapshot: false },
  delayedSyncs: 3,
  replicas: 0,
  goodReplicas: undefined,
  lagBytes: 0,
};

describe('stateIn', () => {
  it('reads that all is well, without replicas', () => {
    expect(stateIn(info())).toEqual(well);
  });

  it('counts the replicas that have their copy, and says how far behind the last one is', () => {
    const text = info(
      'min_slaves_good_slaves:1',
      'slave0:ip=127.0.0.1,port=6380,state=online,offset=990,lag=0',
      'slave1:ip=127.0.0.1,port=6381,state=online,offset=400,lag=11',
      'slave2:ip=127.0.0.1,port=6382,state=wait_bgsave,offset=0,lag=0',
    );
    expect(stateIn(text)).toEqual({ ...well, replicas: 2, goodReplicas: 1, lagBytes: 600 });
  });

  it.each([
    ['aof_last_write_status', 'write'],
    ['aof_last_bgrewrite_status', 'rewrite'],
    ['rdb_last_bgsave_status', 'snapshot'],
  ])('reads from %s that the step "%s" failed', (name, step) => {
    const text = info().replace(`${name}:ok`, `${name}:err`);
    expect(stateIn(text)).toEqual({ ...well, failed: { ...well.failed, [step]: true } });
  });

  it('reads that there is no append-only file', () => {
    const text = info().replace('aof_enabled:1', 'aof_enabled:0').replace('aof_delayed_fsync:3\r\n', '');
    expect(stateIn(text)).toEqual({ ...well, hasFile: false, delayedSyncs: 0 });
  });
});

describe('worstOf', () => {
  it('takes each number from the master where it is worst', () => {
    const one = { ...well, replicas: 2, goodReplicas: 2, failed: { ...well.failed, write: true } };
    const other = { ...well, hasFile: false, delayedSyncs: 9, replicas: 1, lagBytes: 5 };
    expect(worstOf([one, other])).toEqual({
      hasFile: false,
      failed: { write: true, rewrite: false, snapshot: false },
      delayedSyncs: 9,
      replicas: 1,
      goodReplicas: 2,
      lagBytes: 5,
    });
    expect(worstOf([])).toBeUndefined();
  });
});
