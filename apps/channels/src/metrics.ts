import { Counter, Gauge, Histogram } from 'prom-client';

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

/** Calls of a team's hooks. */
export const hookCalls = new Counter({
  name: 'channels_hook_calls_total',
  help: 'Questions to a hook by outcome: what it answered (allow, refuse, rewrite), why it has no answer that counts (deadline, unreachable, address, status, too_large, answer), open while it is not asked, or overloaded.',
  labelNames: ['hook', 'outcome'],
});

/** How long they take. */
export const hookDuration = new Histogram({
  name: 'channels_hook_seconds',
  help: 'Time until a hook has answered or failed, in seconds.',
  labelNames: ['hook'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** What waits for them. */
export const hookCallsWaiting = new Gauge({
  name: 'channels_hook_calls_waiting',
  help: 'Calls of hooks that are under way.',
});
export const hookBytesWaiting = new Gauge({
  name: 'channels_hook_bytes_waiting',
  help: 'Bytes of the calls of hooks that are under way.',
});

/** Whether they are asked. */
export const hookOpen = new Gauge({
  name: 'channels_hook_open',
  help: '1 while a hook is not asked because it failed too often, 0 while it is; absent without the hook.',
  labelNames: ['hook'],
});

/** What webhooks are sent. */
export const webhookEvents = new Counter({
  name: 'channels_webhook_events_total',
  help: 'Attempts to send a webhook an event, by outcome: taken, or why not (deadline, unreachable, address, status, too_large); set_aside for an event that is sent no more.',
  labelNames: ['webhook', 'outcome'],
});

/** How long they take. */
export const webhookSeconds = new Histogram({
  name: 'channels_webhook_seconds',
  help: 'Time until a webhook has taken an event or failed, in seconds.',
  labelNames: ['webhook'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
