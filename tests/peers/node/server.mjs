// A server on the `ws` library. Prints one JSON object a line: first {port}, then what happens.
//
//   node server.mjs [--cert FILE --key FILE] [--deflate]
//
// It echoes, but for text messages that are orders: "close CODE REASON", "terminate", "fragments", "ping TEXT".

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';

const { values } = parseArgs({
  options: { cert: { type: 'string' }, key: { type: 'string' }, deflate: { type: 'boolean', default: false } },
});
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const server = values.cert
  ? https.createServer({ cert: readFileSync(values.cert), key: readFileSync(values.key) })
  : http.createServer();
const sockets = new WebSocketServer({
  server,
  maxPayload: 64 * 1024 * 1024,
  perMessageDeflate: values.deflate ? { threshold: 0 } : false,
});

function obey(socket, order) {
  const [word, ...rest] = order.split(' ');
  switch (word) {
    case 'close':
      return socket.close(Number(rest[0]), rest.slice(1).join(' '));
    case 'terminate':
      return socket.terminate();
    case 'ping':
      return socket.ping(rest.join(' '));
    case 'fragments':
      socket.send('one ', { fin: false });
      socket.ping('between');
      socket.send('two ', { fin: false });
      return socket.send('three', { fin: true });
    default:
      return socket.send(order);
  }
}

sockets.on('connection', (socket, request) => {
  tell({ event: 'open', path: request.url, extensions: socket.extensions });
  socket.on('message', (data, isBinary) => (isBinary ? socket.send(data) : obey(socket, data.toString())));
  socket.on('pong', (data) => tell({ event: 'pong', path: request.url, data: data.toString() }));
  socket.on('close', (code, reason) => tell({ event: 'close', path: request.url, code, reason: reason.toString() }));
  socket.on('error', (error) => tell({ event: 'error', path: request.url, message: error.message }));
});
server.listen(0, '127.0.0.1', () => tell({ port: server.address().port }));
