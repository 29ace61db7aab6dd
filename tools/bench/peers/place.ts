/** Where a peer listens and which Redis it uses: `node <peer>.js <host> <port> <Redis URL> [variant]`. */
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

/** Tells the parent process that this one accepts connections. Started from a terminal, it ends with Ctrl-C. */
export function sayReady(): void {
  process.send?.('ready');
  process.on('disconnect', () => process.exit(0));
}
