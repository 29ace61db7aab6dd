import type { ChatClient } from '@parley/client';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
} from 'react';
import { ChatStores, type StoreOptions } from './chat-stores.js';

const Stores = createContext<ChatStores | undefined>(undefined);

/** Options count when a provider is mounted for the first time with its client. */
export interface ParleyProviderProps extends StoreOptions {
  /** It may be signed in or not yet: the hooks follow it. */
  readonly client: ChatClient;
  readonly children?: ReactNode;
}

/** By client, so that StrictMode, and two providers of one client, share what they hold. */
const known = new WeakMap<ChatClient, ChatStores>();

function storesOf(client: ChatClient, options: StoreOptions): ChatStores {
  const stores = known.get(client) ?? new ChatStores(client, options);
  known.set(client, stores);
  return stores;
}

/** Gives a client to the hooks below it. It neither signs in nor closes the client: the application does. */
export function ParleyProvider({ client, children, ...options }: ParleyProviderProps): ReactElement {
  // biome-ignore lint/correctness/useExhaustiveDependencies: options count at first
  const stores = useMemo(() => storesOf(client, options), [client]);
  // Not earlier: a render may be thrown away.
  useEffect(() => stores.outgoing.resume(), [stores]);
  return createElement(Stores.Provider, { value: stores }, children);
}

/** What the hooks share. @throws Error outside a provider. */
export function useStores(): ChatStores {
  const stores = useContext(Stores);
  if (stores === undefined) throw new Error('This hook needs a <ParleyProvider client={…}> above it');
  return stores;
}

/** The client, for whatever has no hook of its own. @throws Error outside a provider. */
export const useParley = (): ChatClient => useStores().client;
