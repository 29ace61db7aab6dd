import { describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { masterOf } from './master-of.js';

describe('masterOf', () => {
  it('is the first node of the slot of a hash tag, or undefined when no node is known', () => {
    const cluster = new Cluster([], { lazyConnect: true });
    // The slot that the Redis Cluster specification gives as the example of a hash tag's: {user1000}.
    cluster.slots[3_443] = ['10.0.0.1:6379', '10.0.0.2:6379'];
    expect(masterOf(cluster, 'user1000')).toBe('10.0.0.1:6379');
    expect(masterOf(cluster, 'elsewhere')).toBe('');
  });
});
