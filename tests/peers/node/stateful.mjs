// The stateful server and client of ../stateful.py on the `ws` library: the same messages, options and lines.
//
//   node stateful.mjs serve [--port 0] [--changed] [--cert FILE --key FILE]
//   node stateful.mjs talk URL [--proxy URL] [--ca FILE] [--first-id 1]

import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { HttpsProxyAgent } from 'https-proxy-agent';
import WebSocket, { WebSocketServer } from 'ws';

const REFUSED = 4401;
const PRICES = { kettle: 24.5, lamp: 39.0 };
const CHANGED_PRICES = { kettle: 26.0, lamp: 39.0 };
const REPORT_TAKES_MS = 250;

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { ...text, default: '0' }, changed: { type: 'boolean', default: false }, cert: text, key: text,
    proxy: text, ca: text, 'first-id': { ...text, default: '1' },
  },
});
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

class Refusal extends Error {}

function check(name, came, due) {
  if (came !== due) throw new Refusal(name);
}

class Desk {
  session = randomBytes(16).toString('hex');
  token = randomBytes(24).toString('base64url');
  seq = randomInt(1_000_000, 1_000_000_000);
  state = 'new';

  constructor(socket) {
    this.socket = socket;
  }

  async hear(message) {
    const step = `${this.state} ${message.type}`;
    if (step === 'new hello') {
      this.state = 'greeted';
      this.welcomedAt = Date.now();
      const nonce = this.nextNonce();
      this.send({ type: 'welcome', client: message.client, session: this.session, nonce, time: this.welcomedAt });
    } else if (step === 'greeted login') {
      check('nonce', message.nonce, this.nonce);
      this.state = 'in';
      const token = { type: 'token', token: this.token, seq: ++this.seq };
      this.send({ ...token, nonce: this.nextNonce(), time: Date.now() });
    } else if (step === 'in ack') {
      check('seq', message.seq, this.pushed);
      this.pushed = undefined;
    } else if (['in get', 'in watch', 'in report', 'in bye'].includes(step)) {
      check('token', message.token, this.token);
      check('nonce', message.nonce, this.nonce);
      if (this.lastId !== undefined) check('id', message.id, this.lastId + 1);
      this.lastId = message.id;
      await this[message.type](message);
    } else {
      throw new Refusal('order');
    }
  }

  get({ id, item }) {
    this.answer(id, { item, ...(values.changed ? { amount: CHANGED_PRICES[item] } : { price: PRICES[item] }) });
  }

  watch({ id, topic }) {
    check('topic', topic, `sessions/${this.session}/stock`);
    if (!values.changed) this.answer(id, { watching: topic });
    this.push('kettle', 3);
    this.pushed = this.seq;
    if (values.changed) this.answer(id, { watching: topic });
  }

  async report({ id, since }) {
    check('since', since, this.welcomedAt);
    check('seq', this.pushed, undefined);
    if (values.changed) await new Promise((resolve) => setTimeout(resolve, REPORT_TAKES_MS));
    else this.push('lamp', 7);
    this.answer(id, { sold: 2 });
  }

  bye({ id }) {
    this.state = 'done';
    this.answer(id, {});
  }

  answer(id, content) {
    this.send({ type: 'answer', id, seq: ++this.seq, nonce: this.nextNonce(), time: Date.now(), ...content });
  }

  push(item, stock) {
    this.send({ type: 'push', seq: ++this.seq, time: Date.now(), item, stock });
  }

  nextNonce() {
    this.nonce = randomBytes(8).toString('hex');
    return this.nonce;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }
}

function serve() {
  const server = values.cert
    ? https.createServer({ cert: readFileSync(values.cert), key: readFileSync(values.key) })
    : http.createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    const desk = new Desk(socket);
    const { session } = desk;
    tell({ event: 'open', session });
    let before = Promise.resolve(); // one message after the other, though an answer may take its time
    const hear = async (data) => {
      try {
        if (socket.readyState === WebSocket.OPEN) await desk.hear(JSON.parse(data));
      } catch (error) {
        const why = error instanceof Refusal ? error.message : 'message';
        tell({ event: 'refused', session, why });
        desk.send({ type: 'error', code: `bad_${why}`, message: `this is not the ${why} that is due` });
        socket.close(REFUSED, `bad ${why}`);
      }
    };
    socket.on('message', (data) => (before = before.then(() => hear(data))));
    socket.on('error', (error) => tell({ event: 'error', session, message: error.message }));
    socket.on('close', (code, reason) =>
      tell({ event: 'close', session, code, reason: reason.toString(), done: desk.state === 'done' }),
    );
  });
  server.listen(Number(values.port), '127.0.0.1', () => tell({ port: server.address().port }));
}

function assert(holds, what) {
  if (!holds) throw new Error(what);
}

async function talk(url) {
  const socket = new WebSocket(url, {
    agent: values.proxy ? new HttpsProxyAgent(values.proxy) : undefined,
    ca: values.ca ? readFileSync(values.ca) : undefined,
  });
  const inbox = [];
  let wake = () => {};
  socket.on('message', (data) => {
    inbox.push(data);
    wake();
  });
  const closed = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => resolve(`closed ${code} ${reason}`));
  });
  closed.catch(() => {}).finally(() => wake());
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), closed]);

  let [number, nonce, token, seq] = [Number(values['first-id'])];
  const pushes = [];
  const send = (message) => socket.send(JSON.stringify(message));
  const heard = async (kind) => {
    for (;;) {
      if (!inbox.length) {
        if (socket.readyState !== WebSocket.OPEN) throw new Error(await closed);
        await new Promise((resolve) => (wake = resolve));
        continue;
      }
      const message = JSON.parse(inbox.shift());
      if (message.seq !== undefined) {
        assert(seq === undefined || message.seq === seq + 1, `sequence number ${message.seq} follows ${seq}`);
        seq = message.seq;
      }
      if (message.type === 'push') {
        pushes.push(message);
      } else {
        assert(message.type === kind, `${JSON.stringify(message)} came instead of ${kind}`);
        assert(Number.isInteger(message.time), `${JSON.stringify(message)} has no time`);
        nonce = message.nonce;
      }
      if (message.type === kind) return message;
    }
  };
  const ask = async (type, content) => {
    const id = number++;
    send({ type, id, token, nonce, ...content });
    const answer = await heard('answer');
    assert(answer.id === id, `an answer to ${answer.id} came instead of the one to ${id}`);
    return answer;
  };

  const client = `customer-${randomBytes(4).toString('hex')}`;
  send({ type: 'hello', client, at: Date.now() });
  const welcome = await heard('welcome');
  assert(welcome.client === client, 'the welcome is for somebody else');
  send({ type: 'login', user: 'ana', nonce });
  ({ token } = await heard('token'));
  const prices = {};
  for (const item of Object.keys(PRICES)) prices[item] = (await ask('get', { item })).price ?? null;
  await ask('watch', { topic: `sessions/${welcome.session}/stock` });
  if (!pushes.length) await heard('push');
  send({ type: 'ack', seq: pushes[0].seq });
  await ask('report', { since: welcome.time });
  await ask('bye', {});
  socket.close(1000, 'done');
  await closed;
  tell({ event: 'done', client, session: welcome.session, prices, pushes: pushes.length });
}

if (positionals[0] === 'serve') {
  serve();
} else {
  talk(positionals[1]).catch((error) => {
    tell({ event: 'failed', why: error.message });
    process.exit(1);
  });
}
