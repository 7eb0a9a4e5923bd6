// The stateful client of ../stateful.py on socket.io-client, for socketio.mjs.
//
//   node socketio-client.mjs URL [--proxy URL] [--ca FILE] [--first-id 1]

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { io } from 'socket.io-client';

const ITEMS = ['kettle', 'lamp'];

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { proxy: text, ca: text, 'first-id': { ...text, default: '1' } },
});
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

function assert(holds, what) {
  if (!holds) throw new Error(what);
}

const socket = io(positionals[0], {
  transports: ['websocket'],
  reconnection: false,
  agent: values.proxy ? new HttpsProxyAgent(values.proxy) : undefined,
  ca: values.ca ? readFileSync(values.ca) : undefined,
});
let [number, nonce, token, seq] = [Number(values['first-id'])];
let [pushes, pushed] = [0];
const firstPush = new Promise((resolve) => (pushed = resolve));
let fail;
const over = new Promise((_, reject) => {
  fail = reject;
  socket.on('connect_error', (error) => reject(error));
  socket.on('failed', (error) => reject(new Error(error.code)));
  socket.on('disconnect', (reason) => reject(new Error(`disconnected: ${reason}`)));
});
over.catch(() => {});

// Called for each message in the order in which they came.
function follow(message) {
  if (!Number.isInteger(message.time)) fail(new Error(`${JSON.stringify(message)} has no time`));
  if (message.seq === undefined) return;
  if (seq !== undefined && message.seq !== seq + 1) fail(new Error(`sequence number ${message.seq} follows ${seq}`));
  seq = message.seq;
}

async function emit(event, content) {
  const answered = new Promise((resolve) => {
    socket.emit(event, content, (answer) => {
      follow(answer);
      resolve(answer);
    });
  });
  const answer = await Promise.race([over, answered]);
  assert(answer.nonce, `${JSON.stringify(answer)} has no nonce`);
  ({ nonce } = answer);
  return answer;
}

async function ask(event, content) {
  const id = number++;
  const answer = await emit(event, { id, token, nonce, ...content });
  assert(answer.id === id, `an answer to ${answer.id} came instead of the one to ${id}`);
  return answer;
}

async function talk() {
  const client = `customer-${randomBytes(4).toString('hex')}`;
  socket.on('push', (message, acknowledge) => {
    follow(message);
    if (acknowledge) acknowledge({ seq: message.seq });
    pushes++;
    pushed();
  });
  const welcome = await emit('hello', { client, at: Date.now() });
  assert(welcome.client === client, 'the welcome is for somebody else');
  ({ token } = await emit('login', { user: 'ana', nonce }));
  const prices = {};
  for (const item of ITEMS) prices[item] = (await ask('get', { item })).price ?? null;
  await ask('watch', { topic: `sessions/${welcome.session}/stock` });
  await Promise.race([firstPush, over]);
  await ask('report', { since: welcome.time });
  await ask('bye', {});
  socket.disconnect();
  tell({ event: 'done', client, session: welcome.session, prices, pushes });
}

talk().catch((error) => {
  tell({ event: 'failed', why: error.message });
  process.exit(1);
});
