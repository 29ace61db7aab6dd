import { useMemo } from 'react';
import { type Connection, type ConnectionView, NOT_CONNECTED } from './connection.js';
import { useStores } from './provider.js';
import { useShared } from './shared/use-shared.js';

const viewOf = (connection: Connection) => connection.view;

/** How the connection is. `reconnectNow` makes the next attempt at once. */
export function useConnection(): ConnectionView & { readonly reconnectNow: () => void } {
  const { client, connection } = useStores();
  const view = useShared(connection, '', viewOf, NOT_CONNECTED);
  return useMemo(() => ({ ...view, reconnectNow: () => client.reconnectNow() }), [view, client]);
}
