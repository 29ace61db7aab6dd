import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that leads to one Redis or another, as the address of a managed Redis does: a fail-over changes where it leads. */
export class RedisLine {
  private readonly sockets = new Set<Socket>();
  private target: number | undefined;
  private readonly server = createServer((socket) => this.join(socket));

  private constructor() {}

  /** @param target port on the loopback. */
  static async to(target: number): Promise<RedisLine> {
    const line = new RedisLine();
    line.target = target;
    line.server.listen(0, '127.0.0.1');
    await once(line.server, 'listening');
    return line;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends every connection, and refuses others until it leads somewhere again. */
  cut(): void {
    this.target = undefined;
    for (const socket of this.sockets) socket.destroy();
  }

  /** From now on the address leads to this port. */
  lead(target: number): void {
    this.target = target;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(near: Socket): void {
    if (this.target === undefined) return void near.destroy();
    const far = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined); // the close event follows
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
