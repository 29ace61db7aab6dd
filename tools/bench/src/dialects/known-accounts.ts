import { type Dialect, loadDialect, PARLEY_DIALECT } from '@parley/load-generator';

/**
 * Parley's dialect with accounts that are signed in, and are not checked again as in the load test: a benchmark would count the
 * checks. The options are the result of the dialect's own `prepare`.
 */
export default async function knownAccounts(accounts: unknown): Promise<Dialect> {
  const dialect = await loadDialect({ module: PARLEY_DIALECT });
  dialect.prepare = async () => accounts;
  return dialect;
}
