// The service worker: shows push notifications while no page is open, and opens their link. It caches nothing and handles no requests.
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('push', (event) => {
  let notification
  try {
    notification = event.data.json()
  } catch {
    // Every push must show a notification, or the browser shows one of its own.
    notification = { title: 'SmartStart', body: 'There is something new.', link: '/', tag: 'unknown' }
  }
  const { title, body, link, tag } = notification
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, icon: '/favicon.svg', data: { link } }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const target = new URL(event.notification.data?.link ?? '/', self.location.origin)
  // Open only URLs of this origin.
  const url = target.origin === self.location.origin ? target.href : self.location.origin
  event.waitUntil(openUrl(url))
})

async function openUrl(url) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const alreadyOpen = windows.find((candidate) => candidate.url === url)
  if (alreadyOpen) return alreadyOpen.focus()
  const [firstWindow] = windows
  if (firstWindow) {
    await firstWindow.focus()
    const navigated = await firstWindow.navigate(url).catch(() => null)
    if (navigated) return
  }
  return self.clients.openWindow(url)
}
