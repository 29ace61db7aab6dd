/**
 * What Prometheus sees, and whether an alert then fires. `series`: metrics with their values every 15 s, in promtool's form:
 * `0x20 1x60` is 0 for 20 scrapes after the first, then 1. `labels`: those of the alert that fires `at`; without them none does.
 * @typedef {{ alert: string, name: string, series: Record<string, string>, at: string, labels?: Record<string, string> }} AlertCase
 */

const warning = { severity: 'warning' };
const critical = { severity: 'critical' };

/** A series of a replica of a service; more labels go into `more`. */
const of = (metric, service = 'gateway', more = '') =>
  `${metric}{job="services", service="${service}", instance="1"${more}}`;
const outcome = (name) => `, outcome="${name}"`;
const status = (code) => `, status="${code}"`;
const step = (name) => `, step="${name}"`;

/** All replicas of all services answer. */
const ALL_UP = Object.fromEntries(
  ['auth', 'users', 'channels', 'gateway'].map((service) => [of('up', service), '1x80']),
);
const SET_ASIDE = of('rpc_server_requests_total', 'users', outcome('set_aside'));
const REFUSED = of('rpc_server_requests_total', 'channels', outcome('refused'));
const LOST = of('rpc_server_lost_events_total', 'channels');
const FAILED = of('gateway_frame_duration_seconds_count', 'gateway', outcome('INTERNAL'));
const ANSWERED = of('gateway_frame_duration_seconds_count', 'gateway', outcome('ok'));
const POSTS_REFUSED = of(
  'gateway_frame_duration_seconds_count',
  'gateway',
  ', type="channelMessage", outcome="OVERLOADED"',
);
const REST_FAILED = of('gateway_rest_duration_seconds_count', 'gateway', status(500));
const REST_ANSWERED = of('gateway_rest_duration_seconds_count', 'gateway', status(200));
const MEMORY = of('channels_redis_memory_ratio', 'channels');

/** @type {AlertCase[]} */
const OF_SERVICES = [
  {
    alert: 'ParleyReplicaDown',
    name: 'one does not answer',
    series: { ...ALL_UP, 'up{job="services", service="users", instance="2"}': '1x10 0x60' },
    at: '10m',
    labels: { service: 'users', ...warning },
  },
  { alert: 'ParleyReplicaDown', name: 'all answer', series: ALL_UP, at: '10m' },
  {
    alert: 'ParleyServiceGone',
    name: 'a service has no replica',
    series: { ...ALL_UP, [of('up', 'channels')]: '1x10 stale' },
    at: '10m',
    labels: { service: 'channels', ...critical },
  },
  { alert: 'ParleyServiceGone', name: 'all have some', series: ALL_UP, at: '10m' },
  {
    alert: 'ParleyRequestsWait',
    name: 'a service falls behind',
    series: { [of('rpc_server_queue_depth', 'users')]: '6000x60' },
    at: '10m',
    labels: { service: 'users', ...critical },
  },
  {
    alert: 'ParleyRequestsWait',
    name: 'a service keeps up',
    series: { [of('rpc_server_queue_depth', 'users')]: '40x60' },
    at: '10m',
  },
  {
    alert: 'ParleyRequestsRefused',
    name: 'a service is asked for more than it can do',
    series: { [REFUSED]: '0x8 0+1500x60' },
    at: '6m',
    labels: { service: 'channels', ...critical },
  },
  {
    alert: 'ParleyRequestsRefused',
    name: 'a peak is over',
    series: { [REFUSED]: '0 600x60' },
    at: '6m',
  },
  {
    alert: 'ParleyPostsLate',
    name: 'more is posted than can be stored',
    series: { [POSTS_REFUSED]: '0x8 0+1500x60' },
    at: '6m',
    labels: critical,
  },
  { alert: 'ParleyPostsLate', name: 'a peak is over', series: { [POSTS_REFUSED]: '0 600x60' }, at: '6m' },
  {
    alert: 'ParleyRequestsSetAside',
    name: 'by a replica that runs',
    series: { [SET_ASIDE]: '0x20 1x60' },
    at: '7m',
    labels: { service: 'users', ...warning },
  },
  {
    alert: 'ParleyRequestsSetAside',
    name: 'by a replica that has just begun',
    series: { [SET_ASIDE]: '_x20 1x60' },
    at: '7m',
    labels: { service: 'users', ...warning },
  },
  { alert: 'ParleyRequestsSetAside', name: 'long ago', series: { [SET_ASIDE]: '1x120' }, at: '25m' },
  { alert: 'ParleyRequestsSetAside', name: 'never', series: { [SET_ASIDE]: '0x60' }, at: '7m' },
  {
    alert: 'ParleyEventsLost',
    name: 'by a service that runs',
    series: { [LOST]: '0x20 5x60' },
    at: '7m',
    labels: { service: 'channels', ...warning },
  },
  {
    alert: 'ParleyEventsLost',
    name: 'by a service that was away',
    series: { [LOST]: '_x20 5x60' },
    at: '7m',
    labels: { service: 'channels', ...warning },
  },
  { alert: 'ParleyEventsLost', name: 'long ago', series: { [LOST]: '5x120' }, at: '25m' },
  {
    alert: 'ParleySignInsWait',
    name: 'a replica of auth is busy',
    series: { [of('auth_hashings_waiting', 'auth')]: '200x60' },
    at: '10m',
    labels: warning,
  },
  {
    alert: 'ParleySignInsWait',
    name: 'few wait',
    series: { [of('auth_hashings_waiting', 'auth')]: '10x60' },
    at: '10m',
  },
];

/** @type {AlertCase[]} */
const OF_GATEWAYS = [
  {
    alert: 'ParleyGatewaysNearlyFull',
    name: 'one is',
    series: { [of('gateway_connections')]: '45000x60' },
    at: '10m',
    labels: warning,
  },
  {
    alert: 'ParleyGatewaysNearlyFull',
    name: 'none is',
    series: { [of('gateway_connections')]: '4000x60' },
    at: '10m',
  },
  ...rateCases(
    'ParleySlowClients',
    of('gateway_connections_closed_total', 'gateway', ', code="4008"'),
    warning,
  ),
  ...rateCases('ParleyFramesLost', of('gateway_frames_filled_total'), warning),
  {
    alert: 'ParleyReadingPauses',
    name: 'again and again',
    series: { [of('gateway_intake_pauses_total', 'gateway', ', pool="signed_in"')]: '0+2x80' },
    at: '12m',
    labels: { pool: 'signed_in', ...warning },
  },
  {
    alert: 'ParleyReadingPauses',
    name: 'not lately',
    series: { [of('gateway_intake_pauses_total', 'gateway', ', pool="signed_in"')]: '7x80' },
    at: '12m',
  },
  {
    alert: 'ParleyHistoryLost',
    name: 'logs began a new epoch',
    series: { [of('gateway_log_epoch_changes_total')]: '0x20 7x60' },
    at: '7m',
    labels: warning,
  },
  {
    alert: 'ParleyHistoryLost',
    name: 'none did',
    series: { [of('gateway_log_epoch_changes_total')]: '7x60' },
    at: '7m',
  },
  {
    alert: 'ParleyFramesFail',
    name: 'one frame in 100',
    series: { [FAILED]: '0+1x80', [ANSWERED]: '0+99x80' },
    at: '15m',
    labels: critical,
  },
  {
    alert: 'ParleyFramesFail',
    name: 'one frame once',
    series: { [FAILED]: '0x20 1x60', [ANSWERED]: '0+99x80' },
    at: '15m',
  },
  {
    alert: 'ParleyRestFails',
    name: 'one request in 100',
    series: { [REST_FAILED]: '0+1x80', [REST_ANSWERED]: '0+99x80' },
    at: '15m',
    labels: critical,
  },
  {
    alert: 'ParleyRestFails',
    name: 'one request once',
    series: { [REST_FAILED]: '0x20 1x60', [REST_ANSWERED]: '0+99x80' },
    at: '15m',
  },
  {
    alert: 'ParleyLeaseOld',
    name: 'two renewals failed',
    series: { [of('gateway_lease_age_seconds')]: '3 18 3 18 33 48' },
    at: '75s',
    labels: critical,
  },
  {
    alert: 'ParleyLeaseOld',
    name: 'one failed',
    series: { [of('gateway_lease_age_seconds')]: '3 18 3 18 33 3' },
    at: '75s',
  },
];

/** An alert on a counter that grows by more than one a second for ten minutes. */
function rateCases(alert, series, labels) {
  return [
    { alert, name: 'two a second', series: { [series]: '0+30x120' }, at: '20m', labels },
    { alert, name: 'one in a minute', series: { [series]: '0+0.25x120' }, at: '20m' },
  ];
}

/** An alert on a gauge of Redis, with a value at which it fires, and one at which it does not. */
function redisCases(alert, series, [bad, good], labels) {
  return [
    { alert, name: `at ${bad}`, series: { [series]: `${bad}x160` }, at: '30m', labels },
    { alert, name: `at ${good}`, series: { [series]: `${good}x160` }, at: '30m' },
  ];
}

/** @type {AlertCase[]} */
const OF_REDIS = [
  ...redisCases('ParleyRedisSlow', of('redis_round_trip_seconds', 'users'), [0.2, 0.01], {
    service: 'users',
    ...warning,
  }),
  ...redisCases('ParleyRedisFilling', MEMORY, [0.75, 0.6], warning),
  ...redisCases('ParleyRedisNearlyFull', MEMORY, [0.85, 0.75], critical),
  {
    alert: 'ParleyRedisFullSoon',
    name: 'by 2 % in an hour',
    series: { [MEMORY]: '0.5+0.00008x480' },
    at: '2h',
    labels: warning,
  },
  { alert: 'ParleyRedisFullSoon', name: 'not at all', series: { [MEMORY]: '0.6x480' }, at: '2h' },
  { alert: 'ParleyRedisUnbounded', name: 'no figure', series: ALL_UP, at: '20m', labels: warning },
  { alert: 'ParleyRedisUnbounded', name: 'a figure', series: { [MEMORY]: '0.1x160' }, at: '20m' },
  ...redisCases(
    'ParleyRedisFileFails',
    of('redis_persistence_failed', 'auth', step('write')),
    [1, 0],
    critical,
  ),
  ...['rewrite', 'snapshot'].flatMap((name) =>
    redisCases('ParleyRedisRewriteFails', of('redis_persistence_failed', 'auth', step(name)), [1, 0], {
      step: name,
      ...warning,
    }),
  ),
  ...redisCases('ParleyRedisNoFile', of('redis_aof_enabled'), [0, 1], warning),
  {
    alert: 'ParleyRedisDiskSlow',
    name: 'five times in some minutes',
    series: { [of('redis_aof_delayed_syncs_total')]: '2x20 2+1x5 7x60' },
    at: '8m',
    labels: warning,
  },
  {
    alert: 'ParleyRedisDiskSlow',
    name: 'once',
    series: { [of('redis_aof_delayed_syncs_total')]: '2x20 3x60' },
    at: '8m',
  },
  {
    alert: 'ParleyRedisReplicaMissing',
    name: 'one of two has gone',
    series: { [of('redis_replicas')]: '2x20 1x60' },
    at: '12m',
    labels: warning,
  },
  {
    alert: 'ParleyRedisReplicaMissing',
    name: 'there never was one',
    series: { [of('redis_replicas')]: '0x80' },
    at: '12m',
  },
  ...redisCases('ParleyRedisReplicasSilent', of('redis_good_replicas'), [0, 1], critical),
  ...redisCases('ParleyRedisReplicaBehind', of('redis_replica_lag_bytes'), [1e8, 1e6], warning),
  ...rateCases('ParleyPostsRefused', of('channels_posts_refused_total', 'channels', ', reason="user"'), {
    reason: 'user',
    ...warning,
  }),
];

const HOOK_OPEN = of('channels_hook_open', 'channels', ', hook="beforeSend"');
const GIVEN_UP = of('channels_webhook_events_total', 'channels', `, webhook="crm"${outcome('set_aside')}`);

/** @type {AlertCase[]} */
const OF_ENDPOINTS = [
  ...redisCases('ParleyHookFails', HOOK_OPEN, [1, 0], warning),
  {
    alert: 'ParleyWebhookGivesUp',
    name: 'by a replica that runs',
    series: { [GIVEN_UP]: '0x20 1x60' },
    at: '7m',
    labels: warning,
  },
  {
    alert: 'ParleyWebhookGivesUp',
    name: 'for the first time',
    series: { [GIVEN_UP]: '_x20 1x60' },
    at: '7m',
    labels: warning,
  },
  { alert: 'ParleyWebhookGivesUp', name: 'long ago', series: { [GIVEN_UP]: '1x120' }, at: '25m' },
];

export const CASES = [...OF_SERVICES, ...OF_GATEWAYS, ...OF_REDIS, ...OF_ENDPOINTS];
