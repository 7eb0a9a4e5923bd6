// An HTTP/2 server, and a request to it through the proxy by CONNECT; prints the status, both sides' protocol, the body.
//
//   node http2.mjs --proxy URL --ca FILE --cert FILE --key FILE

import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import tls from 'node:tls';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { proxy: text, ca: text, cert: text, key: text } });

const server = http2.createSecureServer({ cert: readFileSync(values.cert), key: readFileSync(values.key) });
let serverProtocol;
server.on('stream', (stream) => {
  serverProtocol = stream.session.alpnProtocol;
  stream.respond({ ':status': 200 });
  stream.end('page over h2');
});
server.listen(0, '127.0.0.1', () => {
  const authority = `localhost:${server.address().port}`;
  const proxy = new URL(values.proxy);
  const tunnel = http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: authority });
  tunnel.on('connect', (_, socket) => {
    const secured = tls.connect({
      socket,
      servername: 'localhost',
      ca: readFileSync(values.ca),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    secured.on('secureConnect', () => ask(authority, secured));
  });
  tunnel.end();
});

function ask(authority, secured) {
  const session = http2.connect(`https://${authority}`, { createConnection: () => secured });
  const request = session.request({ ':path': '/page' });
  let status;
  let body = '';
  request.on('response', (headers) => (status = headers[':status']));
  request.on('data', (data) => (body += data));
  request.on('end', () => {
    const protocols = [secured.alpnProtocol, serverProtocol];
    process.stdout.write(JSON.stringify({ status, protocols, body }) + '\n', () => process.exit(0));
  });
}
