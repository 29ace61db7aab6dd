import { describe, expect, it } from '@jest/globals';
import type { WsMessageHandler } from '@nestjs/common';
import type { Connection } from './connection.js';
import { fakeConnection } from './fixtures/fake-link.js';
import { GatewayClasses } from './gateway-classes.js';

describe('gateway classes', () => {
  /** Two classes, whose handlers return what they are bound to, with a count of their bindings. */
  const twoClasses = () => {
    const classes = new GatewayClasses<Connection>();
    const bindings = { one: 0, other: 0 };
    const handlersOf = (client: Connection, ...types: string[]): WsMessageHandler[] =>
      types.map((message) => ({
        message,
        callback: (request: unknown) => ({ message, request, client: client.id }) as never,
        isAckHandledManually: false,
      }));
    classes.add((client) => {
      bindings.one += 1;
      client.bind(handlersOf(client, 'ping', 'users'));
    });
    classes.add((client) => {
      bindings.other += 1;
      client.bind(handlersOf(client, 'signIn'));
    });
    return { classes, bindings };
  };
  const answerOf = async (connection: Connection, type: string) => {
    let answer: unknown;
    await connection.handle(type, 'request', (passed) => {
      answer = passed;
    });
    return answer;
  };

  it('answer frames of every type, each connection with handlers of its own', async () => {
    const { classes } = twoClasses();
    const connections = [fakeConnection({ classes }).connection, fakeConnection({ classes }).connection];
    for (const message of ['users', 'signIn', 'ping', 'signIn'])
      for (const connection of connections)
        expect(await answerOf(connection, message)).toEqual({
          ...{ message, request: 'request', client: connection.id },
        });
    expect(connections[0]!.handle('unknown', {}, () => undefined)).toBeUndefined();
  });

  it('are bound to a connection only when one of its frames needs another class', async () => {
    const { classes, bindings } = twoClasses();
    await answerOf(fakeConnection({ classes }).connection, 'ping');
    const before = { ...bindings };
    const { connection } = fakeConnection({ classes });
    expect(bindings).toEqual(before);
    for (const type of ['ping', 'users', 'ping']) await answerOf(connection, type);
    expect(bindings).toEqual({ one: before.one + 1, other: before.other });
    expect(connection.handlers).toHaveLength(2);
  });
});
