// Lets the pages of devices at the door open without network. It lies beside them, so it serves nothing else: the page
// itself comes from the network when there is one, files whose name carries their hash come from the device.

const CACHE = "jiachi-door-1";
const HASHED = /\.[0-9a-f]{10}\.[a-z]+$/;
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("jiachi-door-") && name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

// The page tells what it is made of; what was loaded before the worker was there is fetched once more.
self.addEventListener("message", (event) => {
  const addresses = event.data?.keep;
  if (!Array.isArray(addresses)) return;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await Promise.all(
        addresses.map(async (address) => {
          if (await cache.match(address)) return;
          const response = await fetch(address).catch(() => null);
          if (response?.ok) await cache.put(address, response);
        }),
      );
      event.ports[0]?.postMessage("kept");
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(newest(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(HASHED.test(pathname) ? kept(request, pathname) : newest(request, pathname));
});

async function kept(request, pathname) {
  const cache = await caches.open(CACHE);
  return (await cache.match(pathname)) ?? remember(cache, pathname, await fetch(request));
}

async function newest(request, pathname) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 404 || response.status === 401) await cache.delete(pathname); // no longer let in
    return remember(cache, pathname, response);
  } catch {
    return (await cache.match(pathname)) ?? Response.error();
  }
}

async function remember(cache, pathname, response) {
  if (response.ok && response.type === "basic") await cache.put(pathname, response.clone());
  return response;
}
