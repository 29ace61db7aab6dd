import { describe, expect, it } from '@jest/globals';
import { type Capacity, installationFor, spreadOf } from './capacity.js';

const capacity: Capacity = {
  model: {
    gateways: { base: 20_000, message: 60, receipt: 15, delivery: 2.5 },
    services: { base: 30_000, message: 40, receipt: 0, delivery: 0 },
    redis: { base: 4_000, message: 50, receipt: 5, delivery: 0 },
  },
  gatewayBytes: 60e6,
  connectionBytes: 10_000,
  idleUs: 1,
  connectUs: 200,
  resumeUs: 200,
  crowdedDeliveryUs: 0.2,
  busy: { gatewaysUs: 130, servicesUs: 100, redisUs: 90, redisCalls: 20, redisBytes: 5_000 },
};

describe('the size of an installation', () => {
  it('spreads members over gateways at random', () => {
    expect(spreadOf(20, 1)).toBe(1);
    expect(spreadOf(1, 50)).toBeCloseTo(1);
    expect(spreadOf(20, 1_000_000)).toBeCloseTo(20, 2);
  });

  it('keeps every process at half a core or less, and every gateway within its connections', () => {
    for (const connections of [100_000, 1_000_000, 10_000_000]) {
      const { gateways, messages, spread, deliveries, services, shards } = installationFor(
        capacity,
        connections,
      );
      expect(connections / gateways).toBeLessThanOrEqual(50_000);
      const atGateways = messages * spread * (130 / 2 - 2.5) + deliveries * 2.5;
      expect(atGateways / gateways).toBeLessThanOrEqual(500_000);
      expect((messages * 100) / services).toBeLessThanOrEqual(500_000);
      expect((messages * (90 + (spread - 2) * 5)) / shards).toBeLessThanOrEqual(500_000);
    }
  });

  it('needs more gateways when a delivery costs more', () => {
    const { gateways } = capacity.model;
    const costly = { ...capacity, model: { ...capacity.model, gateways: { ...gateways, delivery: 25 } } };
    const size = 1_000_000;
    expect(installationFor(costly, size).gateways).toBeGreaterThan(installationFor(capacity, size).gateways);
  });
});
