import { createContext, useContext } from 'react';
import type { Account } from './account.js';

export const AccountContext = createContext<Account | undefined>(undefined);

/** How to sign out. */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (account === undefined) throw new Error('useAccount stands outside of an AccountContext');
  return account;
}
