import { type Dialect, loadDialect, PARLEY_DIALECT } from '@parley/load-generator';

/**
 * Parley's dialect with accounts that are signed in already and are believed to be: checking each of them again, as the load
 * test does, would be counted among what a benchmark measures. The options are what the dialect's own `prepare` resolved with.
 */
export default async function knownAccounts(accounts: unknown): Promise<Dialect> {
  const dialect = await loadDialect({ module: PARLEY_DIALECT });
  dialect.prepare = async () => accounts;
  return dialect;
}
