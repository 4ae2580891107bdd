// A link that carries only so much and breaks again and again: a TCP proxy on loopback.
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @param options.bytesPerSecond what it carries from the client on
 * @param options.cutEveryMs every connection is destroyed this often; never where absent
 */
export async function cuttingLink(t, port, { bytesPerSecond, cutEveryMs }) {
  const sockets = new Set();
  const link = { url: '', sentBytes: 0, cuts: 0 };
  const server = createServer((client) => {
    const hub = connect(port, '127.0.0.1');
    for (const socket of [client, hub]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        hub.destroy();
      });
    }
    client.on('data', async (bytes) => {
      link.sentBytes += bytes.length;
      client.pause();
      hub.write(bytes);
      await wait((1000 * bytes.length) / bytesPerSecond);
      client.resume();
    });
    hub.pipe(client);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  link.url = `http://127.0.0.1:${server.address().port}`;
  const cutting =
    cutEveryMs === undefined
      ? undefined
      : setInterval(() => {
          if (sockets.size > 0) link.cuts += 1;
          for (const socket of sockets) socket.destroy();
        }, cutEveryMs);
  t.after(() => {
    clearInterval(cutting);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return link;
}
