// A client on the `ws` library that goes through the proxy by CONNECT and says what it met, one JSON object a line.
//
//   node client.mjs URL --proxy URL [--ca FILE] [--deflate]
//
// Steps come as JSON arrays on standard input, one a line: ["text", "…"], ["binary", "base64"], ["bytes", count],
// ["fragments", "a", "b", …], ["ping", "…"], ["close", code, "reason"], ["terminate"].

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { HttpsProxyAgent } from 'https-proxy-agent';
import WebSocket from 'ws';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { proxy: { type: 'string' }, ca: { type: 'string' }, deflate: { type: 'boolean', default: false } },
});
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const digest = (data) => createHash('sha256').update(data).digest('hex');

const socket = new WebSocket(positionals[0], {
  agent: values.proxy ? new HttpsProxyAgent(values.proxy) : undefined,
  ca: values.ca ? readFileSync(values.ca) : undefined,
  perMessageDeflate: values.deflate ? { threshold: 0 } : false,
  maxPayload: 64 * 1024 * 1024,
});

const steps = {
  text: (text) => socket.send(text),
  binary: (encoded) => socket.send(Buffer.from(encoded, 'base64')),
  bytes: (count) => socket.send(Buffer.alloc(count, 'wsinspect ')),
  fragments: (...parts) => parts.forEach((part, i) => socket.send(part, { fin: i === parts.length - 1 })),
  ping: (text) => socket.ping(text),
  close: (code, reason) => socket.close(code, reason),
  terminate: () => socket.terminate(),
};

socket.on('open', () => {
  tell({ event: 'open', extensions: socket.extensions });
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [step, ...rest] = JSON.parse(line);
    steps[step](...rest);
  });
});
socket.on('message', (data, isBinary) =>
  tell({
    event: 'message',
    binary: isBinary,
    size: data.length,
    sha256: digest(data),
    text: isBinary || data.length > 1000 ? undefined : data.toString(),
  }),
);
socket.on('ping', (data) => tell({ event: 'ping', data: data.toString() }));
socket.on('pong', (data) => tell({ event: 'pong', data: data.toString() }));
socket.on('unexpected-response', (_, response) => {
  tell({ event: 'refused', status: response.statusCode });
  process.exit(0);
});
socket.on('error', (error) => {
  tell({ event: 'error', message: error.message });
  process.exitCode = 1;
});
socket.on('close', (code, reason) => {
  tell({ event: 'close', code, reason: reason.toString() });
  process.stdin.destroy();
});
