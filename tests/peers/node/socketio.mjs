// The stateful server of ../stateful.py on Socket.IO: its requests are events, its answers their acknowledgements, and
// the first push is acknowledged by the client. WebSocket only, with many heartbeats; the report waits for one.
//
//   node socketio.mjs [--port 0] [--changed] [--cert FILE --key FILE]

import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { Server } from 'socket.io';

const REFUSED = 4401;
const PRICES = { kettle: 24.5, lamp: 39.0 };
const CHANGED_PRICES = { kettle: 26.0, lamp: 39.0 };
const REPORT_TAKES_MS = 250;
const HEARTBEAT_MS = 50;

const text = { type: 'string' };
const { values } = parseArgs({
  options: { port: { ...text, default: '0' }, changed: { type: 'boolean', default: false }, cert: text, key: text },
});
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

class Refusal extends Error {}

function check(name, came, due) {
  if (came !== due) throw new Refusal(name);
}

const server = values.cert
  ? https.createServer({ cert: readFileSync(values.cert), key: readFileSync(values.key) })
  : http.createServer();
const io = new Server(server, { transports: ['websocket'], pingInterval: HEARTBEAT_MS, serveClient: false });

io.on('connection', (socket) => {
  const session = randomBytes(16).toString('hex');
  const token = randomBytes(24).toString('base64url');
  const wire = socket.conn.transport.socket; // of `ws`: Socket.IO itself closes without a code
  let [state, seq] = ['new', randomInt(1_000_000, 1_000_000_000)];
  let nonce, welcomedAt, lastId, unacknowledged;
  tell({ event: 'open', session });

  const next = () => ({ seq: ++seq, nonce: (nonce = randomBytes(8).toString('hex')), time: Date.now() });
  const push = (item, stock, ...acknowledged) =>
    socket.emit('push', { seq: ++seq, time: Date.now(), item, stock }, ...acknowledged);
  const refusing = (action) => async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      const why = error instanceof Refusal ? error.message : 'message';
      tell({ event: 'refused', session, why });
      socket.emit('failed', { code: `bad_${why}`, message: `this is not the ${why} that is due` });
      wire.close(REFUSED, `bad ${why}`);
    }
  };
  const on = (event, answer) => socket.on(event, refusing(answer));
  const onRequest = (event, answer) =>
    on(event, async (message, acknowledge) => {
      check('order', state, 'in');
      check('token', message.token, token);
      check('nonce', message.nonce, nonce);
      if (lastId !== undefined) check('id', message.id, lastId + 1);
      lastId = message.id;
      await answer(message, (content) => acknowledge({ id: message.id, ...next(), ...content }));
    });

  on('hello', ({ client }, acknowledge) => {
    check('order', state, 'new');
    state = 'greeted';
    const { nonce: first, time } = next();
    welcomedAt = time;
    acknowledge({ client, session, nonce: first, time });
  });
  on('login', (message, acknowledge) => {
    check('order', state, 'greeted');
    check('nonce', message.nonce, nonce);
    state = 'in';
    acknowledge({ token, ...next() });
  });
  onRequest('get', ({ item }, answer) =>
    answer({ item, ...(values.changed ? { amount: CHANGED_PRICES[item] } : { price: PRICES[item] }) }),
  );
  onRequest('watch', ({ topic }, answer) => {
    check('topic', topic, `sessions/${session}/stock`);
    if (!values.changed) answer({ watching: topic });
    const due = (unacknowledged = seq + 1);
    push('kettle', 3, refusing((receipt) => {
      check('seq', receipt.seq, due);
      unacknowledged = undefined;
    }));
    if (values.changed) answer({ watching: topic });
  });
  onRequest('report', async ({ since }, answer) => {
    check('since', since, welcomedAt);
    check('seq', unacknowledged, undefined);
    await new Promise((resolve) => socket.conn.once('heartbeat', resolve));
    if (values.changed) await new Promise((resolve) => setTimeout(resolve, REPORT_TAKES_MS));
    else push('lamp', 7);
    answer({ sold: 2 });
  });
  onRequest('bye', (_, answer) => {
    state = 'done';
    answer({});
  });
  wire.on('close', (code, reason) =>
    tell({ event: 'close', session, code, reason: reason.toString(), done: state === 'done' }),
  );
});
server.listen(Number(values.port), '127.0.0.1', () => tell({ port: server.address().port }));
