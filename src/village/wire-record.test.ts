import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex, utf8 } from '#base';
import { readConnectionRecord } from './wire-record.ts';

const rows = [
  {
    name: 'two requests on one connection, with and without a body',
    wire: 'GET /a?b=1 HTTP/1.1\r\nhost: x\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello',
    requests: [
      { method: 'GET', path: '/a?b=1', body: '', complete: true },
      { method: 'POST', path: '/c', body: 'hello', complete: true },
    ],
    strayBytes: 0,
  },
  {
    name: 'a chunked body with extension and trailer',
    wire: 'PUT /d HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: 1\r\n\r\nGET /e HTTP/1.1\r\n\r\n',
    requests: [
      { method: 'PUT', path: '/d', body: 'abc0123456789', complete: true },
      { method: 'GET', path: '/e', body: '', complete: true },
    ],
    strayBytes: 0,
  },
  {
    name: 'a body cut off by a broken connection',
    wire: 'POST /c HTTP/1.1\r\ncontent-length: 9\r\n\r\nhel',
    requests: [{ method: 'POST', path: '/c', body: 'hel', complete: false }],
    strayBytes: 0,
  },
  {
    name: 'a chunk cut off',
    wire: 'POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel',
    requests: [{ method: 'POST', path: '/c', body: 'hel', complete: false }],
    strayBytes: 0,
  },
  {
    name: 'bytes that are no request',
    wire: 'GET /a HTTP/1.1\r\n\r\n\u0000\u0001 raw',
    requests: [{ method: 'GET', path: '/a', body: '', complete: true }],
    strayBytes: 6,
  },
];

for (const { name, wire, requests, strayBytes } of rows) {
  test(name, () => {
    const record = readConnectionRecord(utf8(wire));
    assert.deepEqual(
      record.requests.map(({ method, path, body, complete, bodySha256 }) => {
        assert.equal(bodySha256, sha256Hex(body));
        return { method, path, body: Buffer.from(body).toString(), complete };
      }),
      requests,
    );
    assert.equal(record.strayBytes, strayBytes);
    assert.equal(record.requests.reduce((sum, request) => sum + request.bytes, 0) + strayBytes, utf8(wire).length);
  });
}
