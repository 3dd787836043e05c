// Runs before the first paint, so that a dark room stays dark. A file and not an inline script: the
// content security policy allows none.
;(() => {
  let chosen = 'auto'
  try {
    chosen = localStorage.getItem('smartstart:theme') ?? 'auto'
  } catch {
    // Storage may be forbidden; the system's theme is as good.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
