import { Counter, Gauge } from 'prom-client';

/** How full Redis is: the high-water mark and the alerts look at it. */
export const redisMemory = new Gauge({
  name: 'channels_redis_memory_ratio',
  help: 'Share of maxmemory that Redis uses, of the fullest master on a Cluster; absent without maxmemory.',
});
// A gauge begins with 0.
redisMemory.remove();

/** Posts of users who store too much. */
export const refusedPosts = new Counter({
  name: 'channels_posts_refused_total',
  help: 'Posts refused because their sender has stored too much; reason is "user" always, "high_water" while Redis is nearly full.',
  labelNames: ['reason'],
});
