// Runs one of the Node proxies that the benchmark compares with: `node proxy.mjs mockttp|http-mitm-proxy FOLDER`.
// Prints {"port": N} once it accepts connections; ends when its standard input does. The upstream certificate is
// verified by neither: it comes from the benchmark's own CA, and the handshake is outside every measured window.

import net from "node:net";

const [name, folder] = process.argv.slice(2);

// mockttp would listen on every address of the machine.
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === "number" ? listen.call(this, port, "127.0.0.1", ...rest) : listen.call(this, port, ...rest);
};

async function startMockttp() {
  const { generateCACertificate, getLocal } = await import("mockttp");
  const server = getLocal({ https: await generateCACertificate() });
  await server.start(0);
  await server.forAnyWebSocket().thenPassThrough({ ignoreHostHttpsErrors: true });
  return server.port;
}

async function startHttpMitmProxy() {
  // It offers no option for the upstream's certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  process.removeAllListeners("warning");
  const { Proxy } = await import("http-mitm-proxy");
  const proxy = new Proxy();
  proxy.onError((_, error, kind) => console.error(kind, error.message));
  return new Promise((resolve, reject) => {
    proxy.listen({ host: "127.0.0.1", port: 0, sslCaDir: folder }, (error) =>
      error ? reject(error) : resolve(proxy.httpPort),
    );
  });
}

const starters = { mockttp: startMockttp, "http-mitm-proxy": startHttpMitmProxy };
const port = await starters[name]();
process.stdout.write(JSON.stringify({ port }) + "\n");
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
