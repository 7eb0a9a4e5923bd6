// Makes a Node program use the proxy that HTTPS_PROXY names, without a change to the program.
//
// Node takes proxies from the environment only from 22.21 and 24 on, and the `ws` library in no version: it brings its
// own createConnection, which goes past every agent. So this opens the tunnel (CONNECT) at the places where a
// connection is made: agents of http and https, upgrades to WebSocket, and the dispatcher behind fetch and the global
// WebSocket. Agents that know a proxy already are left alone.
"use strict";

const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");
const { syncBuiltinESMExports } = require("node:module");

const proxy = readProxy(process.env.https_proxy || process.env.HTTPS_PROXY);
if (proxy) {
  routeAgent(http.Agent, false);
  routeAgent(https.Agent, true);
  routeUpgrades(http, false);
  routeUpgrades(https, true);
  for (const name of ["fetch", "WebSocket", "EventSource"]) routeOnFirstUse(name);
  syncBuiltinESMExports();
}

function readProxy(text) {
  try {
    const url = new URL(text);
    if (url.protocol !== "http:") return null;
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 80) };
  } catch {
    return null;
  }
}

// Calls done(error) or done(null, socket), with a socket that is connected, and over TLS where `secure`.
function openTunnel(options, secure, done) {
  const host = options.hostname || options.host || "localhost";
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${options.port || (secure ? 443 : 80)}`;
  const request = new http.ClientRequest({
    method: "CONNECT",
    path: authority,
    headers: { host: authority },
    host: proxy.host,
    port: proxy.port,
    createConnection: () => net.connect(proxy.port, proxy.host),
  });
  request.once("error", done);
  request.once("response", (response) => {
    response.resume();
    done(new Error(`the proxy answered ${response.statusCode} to CONNECT ${authority}`));
  });
  request.once("connect", (response, socket, head) => {
    request.removeListener("error", done);
    if (response.statusCode !== 200) {
      socket.destroy();
      done(new Error(`the proxy answered ${response.statusCode} to CONNECT ${authority}`));
      return;
    }
    if (head.length) socket.unshift(head);
    if (secure) startTls(options, host, socket, done);
    else done(null, socket);
  });
  request.end();
}

function startTls(options, host, socket, done) {
  const servername = options.servername ?? (net.isIP(host) ? "" : host);
  const encrypted = tls.connect({ ...options, path: undefined, host, port: undefined, servername, socket });
  const fail = (error) => done(error);
  encrypted.once("error", fail);
  encrypted.once("secureConnect", () => {
    encrypted.removeListener("error", fail);
    done(null, encrypted);
  });
}

function routeAgent(Agent, secure) {
  const original = Agent.prototype.createConnection;
  Agent.prototype.createConnection = function createConnection(options, done) {
    const goesElsewhere = typeof options !== "object" || !options || options.socketPath || typeof done !== "function";
    if (goesElsewhere || knowsProxy(this)) return original.apply(this, arguments);
    openTunnel(options, secure, done);
    return undefined;
  };
}

function knowsProxy(agent) {
  const key = Object.getOwnPropertySymbols(agent).find((symbol) => symbol.description === "kProxyConfig");
  return Boolean(key && agent[key]);
}

function routeUpgrades(library, secure) {
  for (const name of ["request", "get"]) {
    const original = library[name];
    library[name] = function (options, ...rest) {
      if (!opensWebSocket(options)) return original.call(this, options, ...rest);
      const createConnection = (wanted, done) => void openTunnel(wanted, secure, done);
      return original.call(this, { ...options, createConnection }, ...rest);
    };
  }
}

// Whether these are options such as those of the `ws` library: an upgrade with a connection of its own making.
function opensWebSocket(options) {
  if (typeof options !== "object" || !options || options instanceof URL || options.agent) return false;
  if (options.socketPath || typeof options.createConnection !== "function" || !options.headers) return false;
  const name = Object.keys(options.headers).find((key) => key.toLowerCase() === "upgrade");
  return name !== undefined && String(options.headers[name]).toLowerCase() === "websocket";
}

// fetch and WebSocket share a dispatcher that exists once their library is loaded; that takes time, so it waits.
function routeOnFirstUse(name) {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (!descriptor || !descriptor.configurable) return;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: descriptor.enumerable,
    get() {
      Object.defineProperty(globalThis, name, descriptor);
      routeDispatcher();
      return globalThis[name];
    },
    set(value) {
      Object.defineProperty(globalThis, name, { ...descriptor, get: undefined, set: undefined, value, writable: true });
    },
  });
}

function routeDispatcher() {
  void globalThis.Response; // loads the library
  const key = Symbol.for("undici.globalDispatcher.1");
  const Dispatcher = globalThis[key]?.constructor;
  if (Dispatcher?.name !== "Agent" || routeDispatcher.done) return;
  routeDispatcher.done = true;
  globalThis[key] = new Dispatcher({
    connect(options, done) {
      const secure = options.protocol === "https:" || options.protocol === "wss:";
      openTunnel({ ...options, servername: options.servername || undefined, ALPNProtocols: ["http/1.1"] }, secure, done);
    },
  });
}
