// What the browser runs when SmartStart tells something and no page is open: shows it, and opens its place. It keeps nothing and answers no request.
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('push', (event) => {
  let told
  try {
    told = event.data.json()
  } catch {
    // a push must show something, or the browser shows a warning of its own
    told = { title: 'SmartStart', body: 'There is something new.', link: '/', tag: 'unknown' }
  }
  const { title, body, link, tag } = told
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, icon: '/favicon.svg', data: { link } }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const wanted = new URL(event.notification.data?.link ?? '/', self.location.origin)
  // only places of our own
  const url = wanted.origin === self.location.origin ? wanted.href : self.location.origin
  event.waitUntil(open(url))
})

async function open(url) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const here = windows.find((one) => one.url === url)
  if (here) return here.focus()
  const [any] = windows
  if (any) {
    await any.focus()
    const moved = await any.navigate(url).catch(() => null)
    if (moved) return
  }
  return self.clients.openWindow(url)
}
