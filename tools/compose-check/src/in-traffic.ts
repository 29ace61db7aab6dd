import { type Account, Ledger, type MayLose, Traffic } from '@parley/faults';
import type { Compose } from './compose.js';

const TRAFFIC = { members: 8, messagesPerSecond: 50 };
/** Posts before and after the work: some seconds of steady traffic. */
export const STEADY_POSTS = 150;

/**
 * Steady traffic through HAProxy before, during and after the work.
 * @returns what the work found, and the account of every message.
 * @throws Error when a message was lost, doubled, out of order or refused.
 */
export async function inTraffic(
  { url }: Compose,
  work: (traffic: Traffic, ledger: Ledger) => Promise<string>,
  mayLose?: MayLose,
): Promise<string> {
  const ledger = new Ledger();
  const traffic = new Traffic({ urls: [url], ...TRAFFIC }, ledger);
  try {
    await traffic.start();
    await traffic.more(STEADY_POSTS);
    const found = await work(traffic, ledger);
    await traffic.more(STEADY_POSTS);
    await traffic.settle();
    return `${found}; ${told(ledger.settle(mayLose))}`;
  } finally {
    traffic.close();
  }
}

function told({
  acknowledged,
  delivered,
  lost,
  lostAsDocumented,
  doubled,
  outOfOrder,
  failed,
  faults,
}: Account) {
  const text = `${acknowledged} acknowledged, ${delivered} delivered, ${lost} lost, ${doubled} doubled, ${outOfOrder} out of order, ${failed} failed`;
  if (acknowledged === 0 || lost + doubled + outOfOrder + failed > 0) {
    throw new Error([text, ...faults].join('\n'));
  }
  return lostAsDocumented === 0 ? text : `${text}, ${lostAsDocumented} lost as documented`;
}
