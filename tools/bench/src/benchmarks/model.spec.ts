import { describe, expect, it } from '@jest/globals';
import { fit, type Model, predict, type Workload } from './model.js';

const truth: Model = {
  gateways: { base: 20_000, message: 60, receipt: 15, delivery: 2.5 },
  services: { base: 5_000, message: 40, receipt: 0, delivery: 0 },
  redis: { base: 4_000, message: 50, receipt: 5, delivery: 0 },
};
const point = (workload: Workload) => ({
  workload,
  usedUs: {
    gateways: predict(truth.gateways, workload),
    services: predict(truth.services, workload),
    redis: predict(truth.redis, workload),
  },
});
const points = [
  point({ messages: 0, receipts: 0, deliveries: 0 }),
  point({ messages: 100, receipts: 200, deliveries: 100_000 }),
  point({ messages: 1_000, receipts: 2_000, deliveries: 2_000 }),
  point({ messages: 1_000, receipts: 1_000, deliveries: 2_000 }),
];

describe('the model of cost', () => {
  it('finds the costs that exact measurements come from', () => {
    const found = fit(points);
    for (const part of ['gateways', 'services', 'redis'] as const) {
      for (const cost of ['base', 'message', 'receipt', 'delivery'] as const) {
        expect(found[part][cost]).toBeCloseTo(truth[part][cost], 1);
      }
    }
  });

  it('never finds a cost below zero', () => {
    const [idle, fanOut, far, near] = points;
    const cheaper = { ...far!, usedUs: { ...far!.usedUs, gateways: near!.usedUs.gateways * 0.9 } };
    const { gateways } = fit([idle!, fanOut!, cheaper, near!]);
    for (const cost of Object.values(gateways)) expect(cost).toBeGreaterThanOrEqual(0);
  });
});
