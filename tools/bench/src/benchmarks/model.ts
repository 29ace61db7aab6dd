/** The load on a chat. */
export interface Workload {
  /** Posts per second, over all channels. */
  messages: number;
  /** Publications per second that reach a gateway: each post counts once per gateway that has a member of its channel. */
  receipts: number;
  /** Frames per second written to members' sockets. */
  deliveries: number;
}

/** CPU in µs. `base` is what one running installation costs per second with nothing to do. */
export interface Costs {
  base: number;
  message: number;
  receipt: number;
  delivery: number;
}

/** Where CPU is spent. */
export type Part = 'gateways' | 'services' | 'redis';

export type Model = Record<Part, Costs>;

/** A measurement: the load, and the CPU in µs per second that each part used for it. */
export interface Point {
  workload: Workload;
  usedUs: Record<Part, number>;
}

const FEATURES = ['base', 'message', 'receipt', 'delivery'] as const;
/** The work that each part has a share in, by design. */
const CONCERNS: Record<Part, readonly (keyof Costs)[]> = {
  gateways: FEATURES,
  services: ['base', 'message'],
  redis: ['base', 'message', 'receipt'],
};
/** Far more than the fit of four figures needs to converge. */
const SWEEPS = 20_000;

/** CPU in µs per second that a part spends on a workload. */
export function predict(costs: Costs, { messages, receipts, deliveries }: Workload): number {
  const { base, message, receipt, delivery } = costs;
  return base + messages * message + receipts * receipt + deliveries * delivery;
}

/** The costs, none below zero, whose predictions for these points have the least squares of relative errors. */
export function fit(points: readonly Point[]): Model {
  const part = (name: Part) => {
    const rows = points.map(({ workload, usedUs }) => scaled(workload, usedUs[name], CONCERNS[name]));
    return descend(rows);
  };
  return { gateways: part('gateways'), services: part('services'), redis: part('redis') };
}

/** Each feature of a workload as a share of what was used: costs that fit exactly give a sum of 1. */
function scaled(workload: Workload, used: number, concerns: readonly (keyof Costs)[]): number[] {
  const { messages, receipts, deliveries } = workload;
  const all = { base: 1, message: messages, receipt: receipts, delivery: deliveries };
  return FEATURES.map((feature) => (concerns.includes(feature) ? all[feature] / used : 0));
}

/** Non-negative least squares by coordinate descent: for a few unknowns, using a library would be longer. */
function descend(rows: readonly number[][]): Costs {
  const costs = FEATURES.map(() => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const at of costs.keys()) costs[at] = bestAt(rows, costs, at);
  }
  return Object.fromEntries(FEATURES.map((feature, at) => [feature, costs[at]!])) as unknown as Costs;
}

function bestAt(rows: readonly number[][], costs: readonly number[], at: number): number {
  let along = 0;
  let square = 0;
  for (const row of rows) {
    const others = row.reduce((sum, value, index) => (index === at ? sum : sum + value * costs[index]!), 0);
    along += row[at]! * (1 - others);
    square += row[at]! ** 2;
  }
  return square === 0 ? 0 : Math.max(0, along / square);
}
