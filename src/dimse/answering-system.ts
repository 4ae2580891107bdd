import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type Command, decodeCommand, encodeCommand } from './dimse-message.ts';
import { encodePdu } from './encode-pdu.ts';
import type { Pdu } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';
import type { RemoteSystem } from './request-association.ts';

// A stand-in for tests: what no real system can be made to do.

/** A system that answers each PDU as it is told to; nothing at all when told nothing. Whoever opened it closes it. */
export async function answering(answer: (pdu: Pdu, seen: readonly Pdu[]) => readonly (Pdu | Uint8Array)[]) {
  const seen: Pdu[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const stream = new PduStream(1 << 20);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      stream.push(chunk);
      for (let pdu = stream.next(); pdu !== undefined; pdu = stream.next()) {
        seen.push(pdu);
        for (const each of answer(pdu, seen)) socket.write(each instanceof Uint8Array ? each : encodePdu(each));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const remote: RemoteSystem = {
    host: '127.0.0.1',
    port: address.port,
    aeTitle: 'PACS',
    callingAeTitle: 'UNICA',
    limits: { associationMs: 100, responseMs: 100, fragmentMs: 100 },
  };
  return { remote, seen, close };
}

/** Accepts what is proposed, each context in its first transfer syntax. */
export function accept(pdu: Pdu): Pdu {
  assert.ok(pdu.kind === 'associate-request');
  const contexts = pdu.contexts.map(({ id, transferSyntaxes: [first = ''] }) => ({
    id,
    result: 0,
    transferSyntax: first,
  }));
  return { ...pdu, kind: 'associate-accept', contexts };
}

/** A command as it travels. */
export function command(fields: Omit<Command, 'dataSetType'>, hasDataSet = false, contextId = 1): Pdu {
  const bytes = encodeCommand(fields, hasDataSet);
  return { kind: 'data', values: [{ contextId, isCommand: true, isLast: true, bytes }] };
}

/** The command that a PDU begins with, if it does. */
export function commandOf(pdu: Pdu): Command | undefined {
  const value = pdu.kind === 'data' ? pdu.values[0] : undefined;
  return value?.isCommand === true ? decodeCommand(value.bytes) : undefined;
}
