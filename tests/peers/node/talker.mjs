// Either end of a connection on the `ws` library that compresses as told: it says what it hears, and sends what it is told.
//
//   node talker.mjs [--connect URL [--proxy URL]] --deflate '{"serverMaxWindowBits": 9, …}'
//
// Prints one JSON object a line: as a server first {port}; then {event: "open"}, and {event: "message"} for each message.
// Orders come as JSON arrays on standard input, one a line: ["say", binary, "base64", …] with a part for each frame,
// ["ping"], ["close"].

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { HttpsProxyAgent } from 'https-proxy-agent';
import WebSocket, { WebSocketServer } from 'ws';

const text = { type: 'string' };
const { values } = parseArgs({ options: { connect: text, proxy: text, deflate: text } });
const perMessageDeflate = { ...JSON.parse(values.deflate), threshold: 0 };
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const digest = (data) => createHash('sha256').update(data).digest('hex');

function talk(socket) {
  const orders = {
    say: (binary, ...parts) =>
      parts.forEach((part, i) =>
        socket.send(Buffer.from(part, 'base64'), { binary: Boolean(binary), fin: i === parts.length - 1 }),
      ),
    ping: () => socket.ping(),
    close: () => socket.close(),
  };
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [order, ...rest] = JSON.parse(line);
    orders[order](...rest);
  });
  socket.on('message', (data, isBinary) => {
    const short = !isBinary && data.length < 200 ? data.toString() : undefined;
    tell({ event: 'message', binary: isBinary, size: data.length, sha256: digest(data), text: short });
  });
  socket.on('error', (error) => tell({ event: 'error', message: error.message }));
  socket.on('close', (code) => {
    tell({ event: 'close', code });
    process.stdin.destroy();
  });
}

if (values.connect) {
  const agent = values.proxy ? new HttpsProxyAgent(values.proxy) : undefined;
  const socket = new WebSocket(values.connect, { agent, perMessageDeflate });
  socket.on('open', () => tell({ event: 'open', extensions: socket.extensions }));
  talk(socket);
} else {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate });
  sockets.on('listening', () => tell({ port: sockets.address().port }));
  sockets.on('connection', (socket) => {
    tell({ event: 'open', extensions: socket.extensions });
    talk(socket);
    sockets.close();
  });
}
