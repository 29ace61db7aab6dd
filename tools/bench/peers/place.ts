/** Where a peer is told to listen and which Redis it uses: `node <peer>.js <host> <port> <Redis URL> [variant]`. */
export interface Place {
  host: string;
  port: number;
  redisUrl: string;
  variant: string | undefined;
}

export function readPlace([host, port, redisUrl, variant]: string[] = process.argv.slice(2)): Place {
  if (!host || !port || !redisUrl) throw new Error('usage: <host> <port> <Redis URL> [variant]');
  return { host, port: Number(port), redisUrl, variant };
}

/** Tells whoever started this process that it accepts connections. Without a starter it ends with a terminal's Ctrl-C. */
export function sayReady(): void {
  process.send?.('ready');
  process.on('disconnect', () => process.exit(0));
}
