// A stand-in for a hub or a node, for developing and testing the portal: serves web/dist and made-up answers.
//   node web/dev/fixture-server.js hub|node [port]      (add --signed-out to be nobody)
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { ANSWERS, session, TEXTS, WRITES } from './fixture-data.js';
import { dicomwebAnswer } from './reading-fixture.js';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As strict as the policy the product serves its portal with. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Starts the stand-in on a port of loopback (0: any free one) and answers its address and a way to stop it. */
export async function startFixture({ kind, signedIn = true, port = 0 }) {
  const server = createServer((request, response) => answer({ kind, signedIn }, request, response));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

function answer({ kind, signedIn }, request, response) {
  const { pathname } = new URL(request.url, 'http://fixture');
  response.setHeader('content-security-policy', POLICY);
  if (pathname === '/api/session') return json(response, 200, session(kind, signedIn));
  if (pathname.startsWith('/api/jobs/') && pathname.endsWith('/events')) return events(request, response);
  if (pathname.includes('/blobs/') || /\/(picture|rendered)$/.test(pathname)) return png(response, pathname);
  const film = signedIn ? dicomwebAnswer(pathname) : undefined;
  if (film !== undefined) return response.writeHead(200, { 'content-type': film.type }).end(film.body);
  if (pathname.startsWith('/api/') || pathname.startsWith('/fdp/'))
    return api({ kind, signedIn }, request, response, pathname);
  return file(response, pathname);
}

function api({ kind, signedIn }, request, response, pathname) {
  const open =
    kind === 'hub' && /^\/(api\/(network|datasets|foreign-records|models|register|state|kit$)|fdp\/)/.test(pathname);
  if (!signedIn && !open) {
    return problem(response, 401, 'http.sign-in-needed', 'You need to sign in for this.', 'Sign in and try again.');
  }
  if (request.method !== 'GET') {
    request.resume();
    return json(response, 200, WRITES[kind][pathname] ?? { accepted: true });
  }
  const text = TEXTS[pathname];
  if (text !== undefined) return response.writeHead(200, { 'content-type': 'application/yaml' }).end(text);
  const known = ANSWERS[kind][pathname];
  if (known === undefined) {
    return problem(response, 404, 'http.not-found', 'There is no such thing here.', 'Check the address or the name.');
  }
  return json(response, 200, known[1]);
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function problem(response, status, code, detail, mend) {
  const body = JSON.stringify({ type: 'about:blank', title: detail, status, code, detail, mend });
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body);
}

/** An open stream with nothing on it: the job stands still. */
function events(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': fixture\n\n');
  request.on('close', () => response.end());
}

/** A 64 × 64 grey or tinted gradient as PNG, so that pictures load without shipping any. */
function png(response, pathname) {
  const warm = pathname.includes('/0');
  const size = 64;
  const rows = Buffer.alloc(size * (1 + 3 * size));
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const grey = Math.max(0, 200 - Math.hypot(x - 32, (y - 30) * 0.8) * 5);
      const heat = warm ? Math.max(0, 1 - Math.hypot(x - 42, y - 40) / 16) : 0;
      rows.set(
        [Math.min(255, grey + heat * 150), grey * (1 - heat * 0.6), grey * (1 - heat)],
        y * (1 + 3 * size) + 1 + 3 * x,
      );
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const bytes = Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function file(response, pathname) {
  const wanted = join(dist, normalize(pathname));
  const found = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile();
  const path = found ? wanted : join(dist, 'index.html');
  response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
  createReadStream(path).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kind = 'hub', port = '0'] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const fixture = await startFixture({ kind, port: Number(port), signedIn: !process.argv.includes('--signed-out') });
  process.stdout.write(`${fixture.url}\n`);
}
